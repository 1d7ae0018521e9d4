"""Which bucket a command is about: options, then environment, then configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from s3pypi_core.errors import UsageError
from s3pypi_core.pypirc import bucket_sections

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from s3pypi_core.config import Config
    from s3pypi_core.s3_bucket import S3Bucket

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET_ADDRESS = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/?")


@dataclass(frozen=True)
class Target:
    """A bucket, how to reach it, and the address that its readers use, where that is known."""

    bucket: str
    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    url: str | None = None

    @classmethod
    def from_address(cls, address: str) -> Target:
        """Read ``s3://BUCKET``. Raises UsageError for any other address."""
        match = _BUCKET_ADDRESS.fullmatch(address)
        if match is None:
            raise UsageError(
                f"{address!r} is not the address of a bucket", "write it as s3://BUCKET, without a path"
            )
        return cls(match["bucket"])

    def override(
        self, *, region: str | None = None, profile: str | None = None, endpoint_url: str | None = None
    ) -> Target:
        """The same bucket, with the given options in place of what the configuration says."""
        return replace(
            self,
            region=region or self.region,
            profile=profile or self.profile,
            endpoint_url=endpoint_url or self.endpoint_url,
        )

    def open(self) -> S3Bucket:
        """Connect to the bucket; no request is made yet. Raises BucketError for an unknown profile."""
        # boto3 takes most of a command's start: load it only when a bucket is opened.
        from s3pypi_core.s3_bucket import S3Bucket  # noqa: PLC0415

        return S3Bucket.open(
            self.bucket, region=self.region, profile=self.profile, endpoint_url=self.endpoint_url
        )


def find_target(
    *,
    repository: str | None,
    address: str | None,
    config: Config,
    environ: Mapping[str, str],
    pypirc: Path,
) -> Target:
    """Find the bucket that options (``repository`` is a name, ``address`` an s3:// URL) or settings name.

    An option beats the environment (``TWINE_REPOSITORY_URL``, ``TWINE_REPOSITORY``), and an address
    beats a name, as with twine; names are looked up in ``config``, then in twine's file ``pypirc``.
    With neither, the only repository that has a bucket is meant.
    Raises UsageError, listing what there is, when that is not clear, and UnreadablePypirc.
    """
    if not repository and not address:
        repository, address = environ.get("TWINE_REPOSITORY"), environ.get("TWINE_REPOSITORY_URL")
    if address:
        return Target.from_address(address)
    known = _known_targets(config, pypirc)
    if repository:
        return _named(repository, known)
    if len(known) == 1:
        return next(iter(known.values()))
    raise UsageError("which repository is meant is not clear", _choices(known))


def _known_targets(config: Config, pypirc: Path) -> dict[str, Target]:
    """Every repository with a bucket, by name; ``config.toml`` wins over ``.pypirc``."""
    known = {
        name: Target.from_address(section.address).override(
            region=section.region, profile=section.profile, endpoint_url=section.endpoint_url
        )
        for name, section in bucket_sections(pypirc).items()
    }
    for repository in config.repositories:
        if repository.bucket is not None:
            known[repository.name] = Target(
                repository.bucket,
                repository.region,
                repository.profile,
                repository.endpoint_url,
                repository.url,
            )
    return known


def _named(name: str, known: Mapping[str, Target]) -> Target:
    if name not in known:
        raise UsageError(f"no repository named {name!r} has a bucket", _choices(known))
    return known[name]


def _choices(known: Mapping[str, Target]) -> str:
    if not known:
        return (
            "none is configured: name the bucket (s3twine: --repository-url s3://BUCKET, "
            "s3pypi-admin: --bucket BUCKET), or add a section to config.toml"
        )
    return "choose with -r/--repository: " + ", ".join(sorted(known))
