"""Which deployment a command is about: options, then the environment, then config.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.config.config import Repository
from s3pypi_core.config.target import Target, amid
from s3pypi_core.errors import UsageError
from s3pypi_deploy.blueprint import Names
from s3pypi_deploy.settings import check_domain, check_name, check_region, default_name

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping

    from s3pypi_core.config.config import Config


class Whereabouts(NamedTuple):
    """A deployment that may stand already. What is not known is None."""

    name: str
    region: str | None
    profile: str | None
    url: str | None
    bucket: str | None
    endpoint_url: str | None = None

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


def find_whereabouts(options: Namespace, config: Config, environ: Mapping[str, str]) -> Whereabouts:
    """Find out from what is given and written down. Raises UsageError where it is not clear."""
    name = check_name(options.name or _name(options.domain, config))
    section = config.named(name) or Repository(name)
    written = Target(section.bucket or "", section.region, section.profile, section.endpoint_url)
    told = amid(environ, written).override(region=options.region, profile=options.profile)
    url = section.url or _url(options.domain)
    return Whereabouts(name, told.region, told.profile, url, section.bucket, told.endpoint_url)


def _name(domain: str | None, config: Config) -> str:
    if domain:
        return default_name(check_domain(domain))
    known = [repository.name for repository in config.repositories if repository.url]
    if len(known) != 1:
        hint = f"give its domain, or --name; config.toml has {', '.join(known) or 'none'}"
        raise UsageError("which repository is meant is not clear", hint)
    return known[0]


def _url(domain: str | None) -> str | None:
    return f"https://{check_domain(domain)}/simple/" if domain else None
