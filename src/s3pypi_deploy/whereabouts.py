"""Which deployment a command is about: options, then the environment, then config.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.config.config import Repository
from s3pypi_core.config.target import Target, amid
from s3pypi_core.errors import UsageError
from s3pypi_deploy.blueprint import Names
from s3pypi_deploy.settings import can_name, check_domain, check_name, check_region, default_name

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping

    from s3pypi_core.config.config import Config
    from s3pypi_deploy.stacks import Stack


class Whereabouts(NamedTuple):
    """A deployment that may stand already. What is not known is None.

    ``domain`` is the one that the command was given; ``url`` may come from config.toml, too.
    """

    name: str
    region: str | None
    profile: str | None
    url: str | None
    bucket: str | None
    endpoint_url: str | None = None
    domain: str | None = None

    @property
    def names(self) -> Names:
        """The names of its stacks."""
        return Names(self.name)

    @property
    def home(self) -> str:
        """The region of its bucket. Raises UsageError where nothing says it."""
        return check_region(self.region)

    def whose(self, account: str, environ: Mapping[str, str]) -> str:
        """The account that this is about to happen in, and how the command came to it, for people."""
        profile = self.profile
        if profile is None and not environ.get("AWS_ACCESS_KEY_ID"):
            profile = environ.get("AWS_DEFAULT_PROFILE") or environ.get("AWS_PROFILE")  # in boto3's order
        return f"the account {account}" + (f", by the profile {profile}" if profile else "")

    def check_stacks(self, cdn: Stack | None, edge: Stack | None) -> None:
        """Raise UsageError where the stacks of this name serve another domain than the one that was given.

        Two domains may make one name, and this machine may have no section that tells them apart.
        """
        if self.domain is None:
            return
        serves = domain_of(cdn, edge)
        own = cdn.outputs.get("DistributionDomainName") if cdn else None
        if serves is not None and self.domain not in {serves, own}:
            said = f"{self.name} is the repository for {serves or own or 'no domain'}"
            raise UsageError(f"{said}, and not for {self.domain}", _other(self.name, self.domain))


def domain_of(cdn: Stack | None, edge: Stack | None) -> str | None:
    """The domain that the stacks serve; empty for none, and None where no stack tells it."""
    serves = cdn.parameters.get("DomainName") if cdn else None
    if serves is None and edge is not None:  # which has the domain only where it makes the certificate
        return edge.parameters.get("DomainName") or None
    return serves


def find_whereabouts(options: Namespace, config: Config, environ: Mapping[str, str]) -> Whereabouts:
    """Find out from what is given and written down. Raises UsageError where it is not clear.

    A section that is for another domain than the given one is refused, also where ``--name`` says it.
    """
    domain = check_domain(options.domain) if options.domain else None
    name = check_name(options.name or _name(domain, config))
    section = config.named(name) or Repository(name)
    _check_section(section, domain)
    written = Target(section.bucket or "", section.region, section.profile, section.endpoint_url)
    told = amid(environ, written).override(region=options.region, profile=options.profile)
    url = section.url or (f"https://{domain}/simple/" if domain else None)
    return Whereabouts(name, told.region, told.profile, url, section.bucket, told.endpoint_url, domain)


def _name(domain: str | None, config: Config) -> str:
    """The name of the section for the domain, or else the one that ``up`` would make of the domain.

    A section without a bucket is one that a client has written, such as ``s3pypi-keyring login``: its name
    is nobody's stacks.
    """
    if domain is None:
        return _only([repository.name for repository in config.repositories if repository.url], "")
    known = [
        repository.name
        for repository in config.repositories
        if repository.bucket and _is_at(repository, domain) and can_name(repository.name)
    ]
    return _only(known, f" for {domain}") if known else default_name(domain)


def _only(known: list[str], what: str) -> str:
    if len(known) != 1:
        give = "--name" if what else "its domain, or --name"
        hint = f"give {give}; config.toml has {', '.join(known) or 'none'}{what}"
        raise UsageError("which repository is meant is not clear", hint)
    return known[0]


def _is_at(repository: Repository, domain: str) -> bool:
    return repository.origin is not None and repository.origin.host == domain


def _check_section(section: Repository, domain: str | None) -> None:
    if domain is not None and section.origin is not None and not _is_at(section, domain):
        said = f"[repositories.{section.name}] in config.toml is for {section.origin.host}"
        hint = f"{_other(section.name, domain)}; if the url in config.toml is out of date, correct it"
        raise UsageError(f"{said}, and not for {domain}", hint)


def _other(name: str, domain: str) -> str:
    return f"if you mean {domain}, give its --name; if you mean {name}, give --name {name} and no domain"
