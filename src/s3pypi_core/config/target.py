"""Which bucket a command is about: options, then environment, then configuration."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.config.bucket_name import check_bucket_name
from s3pypi_core.config.pypirc import UnreadablePypirc, bucket_sections
from s3pypi_core.errors import RepositoryError, UsageError
from s3pypi_core.origin import without_userinfo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket
    from s3pypi_core.config.config import Config

# Where one of these says who asks, a profile would silence it: boto3 prefers the profile that it is given.
_WHO = ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE")


@dataclass(frozen=True)
class Target:
    """A bucket, how to reach it, and, where that is known, how its readers do.

    ``url`` is the address that they use, ``distribution`` the id of the CloudFront distribution behind it.
    """

    bucket: str
    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    url: str | None = None
    distribution: str | None = None

    @classmethod
    def from_address(cls, address: str) -> Target:
        """Read ``s3://BUCKET``. Raises UsageError for any other address."""
        hint = "write it as s3://BUCKET, without a path"
        if not address.startswith("s3://"):
            raise UsageError(f"{without_userinfo(address)!r} is not the address of a bucket", hint)
        try:
            return cls(check_bucket_name(address.removeprefix("s3://").removesuffix("/")))
        except ValueError as error:
            # The reason would quote the name, and with it what else was written there.
            reason = "" if "@" in address else f": {error}"
            said = f"{without_userinfo(address)!r} is not the address of a bucket{reason}"
            raise UsageError(said, hint) from None

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

    def __str__(self) -> str:
        endpoint = self.endpoint_url and without_userinfo(self.endpoint_url)
        told = {"region": self.region, "profile": self.profile, "endpoint": endpoint}
        settings = ", ".join(f"{name} {value}" for name, value in told.items() if value)
        return f"s3://{self.bucket} ({settings})" if settings else f"s3://{self.bucket}"

    def open(self, *, interactive: bool = True) -> S3Bucket:
        """Connect to the bucket, as S3Bucket.open does."""
        # boto3 takes most of a command's start: load it only when a bucket is opened.
        from s3pypi_core.aws.s3_bucket import S3Bucket  # noqa: PLC0415

        return S3Bucket.open(
            self.bucket,
            region=self.region,
            profile=self.profile,
            endpoint_url=self.endpoint_url,
            interactive=interactive,
        )


class _Layer(NamedTuple):
    """What one file says of a repository."""

    address: str | None
    region: str | None
    profile: str | None
    endpoint_url: str | None
    url: str | None = None
    distribution: str | None = None


def find_target(
    *,
    repository: str | None,
    address: str | None,
    config: Config,
    environ: Mapping[str, str],
    pypirc: Path,
) -> Target:
    """Find the bucket that options (``repository`` is a name, ``address`` an s3:// URL) or settings name.

    An option beats the environment (``TWINE_REPOSITORY_URL``, ``TWINE_REPOSITORY``), where an address
    beats a name, as with twine; two options are refused. What a name means is said by ``config``, then by
    twine's file ``pypirc``, each setting for itself; with neither, the only repository that has a bucket is
    meant. The AWS variables in ``environ`` beat both files.
    Raises UsageError, listing what there is, when that is not clear, and UnreadablePypirc where ``config``
    alone does not know the bucket.
    """
    if repository and address:
        said = (
            f"the repository {without_userinfo(repository)!r} and {without_userinfo(address)} are two places"
        )
        raise UsageError(said, "give one of them")
    if not repository and not address:
        repository, address = environ.get("TWINE_REPOSITORY"), environ.get("TWINE_REPOSITORY_URL")
    if address:
        return amid(environ, Target.from_address(address))
    known = _known_repositories(config, pypirc, repository)
    if repository and repository not in known:
        said = f"no repository named {without_userinfo(repository)!r} has a bucket"
        raise UsageError(said, _choices(known))
    if not repository and len(known) != 1:
        raise UsageError("which repository is meant is not clear", _choices(known))
    name = repository or next(iter(known))
    return amid(environ, _merge(known[name], f"[{name}] in {pypirc}"))


def _known_repositories(config: Config, pypirc: Path, asked_for: str | None) -> dict[str, list[_Layer]]:
    """What is said of each repository that has a bucket, by name; ``config.toml`` before ``.pypirc``.

    Raises UnreadablePypirc, unless ``config`` knows the bucket of the one that is ``asked_for``.
    """
    known: dict[str, list[_Layer]] = {}
    for ours in config.repositories:
        address = f"s3://{ours.bucket}" if ours.bucket else None
        layer = _Layer(address, ours.region, ours.profile, ours.endpoint_url, ours.url, ours.distribution)
        known[ours.name] = [layer]
    try:
        for name, theirs in bucket_sections(pypirc).items():
            layer = _Layer(theirs.address.rstrip("/"), theirs.region, theirs.profile, theirs.endpoint_url)
            known.setdefault(name, []).append(layer)
    except UnreadablePypirc:
        if not any(layer.address for layer in known.get(asked_for or "", ())):
            raise
    return {name: layers for name, layers in known.items() if any(layer.address for layer in layers)}


def _merge(layers: Sequence[_Layer], section: str) -> Target:
    """Each setting from the first file that has it, unless that file means another bucket.

    Raises RepositoryError for an address in ``section`` that is none; config.toml has been checked.
    """
    address = next(layer.address for layer in layers if layer.address)
    try:
        target = Target.from_address(address)
    except UsageError as error:
        raise RepositoryError(f"{section}: {error.message}", error.hint) from None
    for layer in layers:
        if layer.address in {None, address}:
            target = Target(
                target.bucket,
                target.region or layer.region,
                target.profile or layer.profile,
                target.endpoint_url or layer.endpoint_url,
                target.url or layer.url,
                target.distribution or layer.distribution,
            )
    return target


def amid(environ: Mapping[str, str], target: Target) -> Target:
    """The target, with the settings for AWS from the environment in place of those from the files.

    If the environment names credentials or a profile, no profile of a file counts.
    """
    told = target.override(
        region=region_in(environ),
        endpoint_url=_endpoint(environ),
    )
    # Which of several credentials in the environment win is left to boto3.
    return replace(told, profile=None) if says_who(environ) else told


def region_in(environ: Mapping[str, str]) -> str | None:
    """The region that the environment says, if it says one."""
    # boto3 does not know the first, which the AWS CLI and all other SDKs read.
    return environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")


def says_who(environ: Mapping[str, str]) -> bool:
    """Whether the environment says whose the requests are."""
    return any(environ.get(name) for name in _WHO)


def _endpoint(environ: Mapping[str, str]) -> str | None:
    if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return None
    return environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL")


def _choices(known: Mapping[str, object]) -> str:
    if not known:
        return (
            "none is configured: name the bucket (s3twine: --repository-url s3://BUCKET, "
            "s3pypi-admin: --bucket BUCKET), or add a section to config.toml"
        )
    return "choose with -r/--repository: " + ", ".join(sorted(known))
