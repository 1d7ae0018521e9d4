"""What stands at the end of ``up``: where the repository is, and what to do next."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3pypi_core.config.config import (
    ConfigError,
    Repository,
    config_paths,
    find_section,
    write_distribution,
    write_repository,
)
from s3pypi_core.config.snippets import snippet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_deploy.ends import Ends
    from s3pypi_deploy.settings import Settings
    from s3pypi_edge.users import UserStore

_COMPARED = ("url", "bucket", "region", "distribution")  # the rest of a section is a person's choice


@dataclass(frozen=True)
class Standing:
    """A deployment that stands; ``users`` is its user store, None one that cannot be read."""

    settings: Settings
    bucket: str
    outputs: Mapping[str, str]
    changed: bool
    users: UserStore | None

    @property
    def url(self) -> str:
        """The address that people paste."""
        return self.outputs["Url"]

    @property
    def distribution(self) -> str:
        """The id of the distribution."""
        return self.outputs["DistributionId"]

    @property
    def functions(self) -> list[str]:
        """The versions that run."""
        names = ("ViewerRequestArn", "OriginResponseArn")
        return [self.outputs[name] for name in names if self.outputs.get(name)]

    def section(self, profile: str | None) -> Repository:
        """What config.toml says of it."""
        auth = "aws" if self.settings.principals else None
        return Repository(
            self.settings.name,
            url=self.url,
            bucket=self.bucket,
            region=self.settings.region,
            profile=profile,
            auth=auth,
            distribution=self.distribution,  # so that what is deleted leaves its caches
        )


def write_section(standing: Standing, environ: Mapping[str, str], profile: str | None) -> str:
    """Write the section where there is none, and the distribution into one that is there; say what was done.

    A section that differs in more is a person's to mend. A file that cannot be used is no error: the sentence
    says so, and the repository stands all the same.
    """
    wanted = standing.section(profile)
    try:
        return _write_section(wanted, standing.distribution, environ)
    except ConfigError as error:
        return f"{error.message}\nhint: {error.hint}; the section should say:\n{wanted.to_toml()}"


def _write_section(wanted: Repository, distribution: str, environ: Mapping[str, str]) -> str:
    found = find_section(environ, wanted.name)
    if found is None:
        path = config_paths(environ)[0]
        write_repository(path, wanted)
        return f"wrote [repositories.{wanted.name}] to {path}"
    path, known = found
    section = f"[repositories.{wanted.name}]"
    differ = [key for key in _COMPARED if getattr(known, key) != getattr(wanted, key)]
    if not differ:
        return f"{section} is in {path}"
    if differ != ["distribution"]:
        return f"{section} in {path} differs in {', '.join(differ)}; it should say:\n{wanted.to_toml()}"
    # With the id of one that is gone, what is deleted would stay in CloudFront's caches.
    write_distribution(path, wanted.name, distribution)
    return f"wrote distribution = {distribution} into {section} of {path}"


def as_json(standing: Standing) -> dict[str, object]:
    """For programs."""
    return {
        "name": standing.settings.name,
        "url": standing.url,
        "bucket": standing.bucket,
        "changed": standing.changed,
        "outputs": dict(standing.outputs),
    }


def show_next_steps(standing: Standing, section: str, ends: Ends) -> None:
    """Say where the repository is, who comes in, and how."""
    name = shlex.quote(standing.settings.name)
    ends.say(f"{standing.url} {'stands' if standing.changed else 'is up to date: nothing to change'}")
    ends.progress.note(section)
    if standing.settings.certificate_arn and standing.settings.domain:
        target = standing.outputs["DistributionDomainName"]
        ends.progress.note(f"In DNS, let {standing.settings.domain} be a CNAME of {target}")
    for line in _access(standing, name):
        ends.progress.note(line)
    ends.progress.note("Install with pip (`config uv`, `config poetry` and so on show the others):")
    ends.progress.note(snippet("pip", standing.url))
    ends.progress.note(f"Then prove it from outside: s3pypi-deploy doctor --name {name}")


def _access(standing: Standing, name: str) -> list[str]:
    """Who comes in, by what the user store says: an earlier run may have made it, and failed after that."""
    users, wanted = standing.users, standing.settings.principals
    if users is None:
        return [
            "Nobody can come in, because the user store cannot be read. What is wrong with it says:",
            f"  s3pypi-admin -r {name} user list",
        ]
    lines = []
    if let_in := [arn for arn in wanted if users.principals.find(arn)]:
        lines.append(f"These come in with their AWS credentials: {', '.join(let_in)}")
    if missing := [arn for arn in wanted if arn not in let_in]:
        lines.append("The user store was there already. Let principals in with:")
        lines += [f"  s3pypi-admin -r {name} principal add {shlex.quote(arn)}" for arn in missing]
    if not wanted and not users.users and not users.principals.by_arn:
        lines += [
            "Nobody can come in yet. Let in a machine, or anyone with AWS credentials:",
            f"  s3pypi-admin -r {name} user add ci && s3pypi-admin -r {name} token create ci",
            f"  s3pypi-admin -r {name} principal add arn:aws:iam::ACCOUNT:role/ROLE",
        ]
    return lines
