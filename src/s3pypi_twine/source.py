"""What the argument SOURCE means, and the credentials that it asks for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from s3pypi_core.config.target import Target
from s3pypi_core.errors import RepositoryError, UsageError
from s3pypi_core.move_in.folder_source import FolderSource
from s3pypi_core.origin import Origin, without_userinfo

if TYPE_CHECKING:
    import argparse
    import threading

    from s3pypi_core.move_in.offer import Source

_INDEX = re.compile(r"https?://", re.IGNORECASE)


class ExtraMissing(RepositoryError):
    """The reader of such a source is not installed."""

    def __init__(self, what: str) -> None:
        super().__init__(f"reading {what} needs the extra `import`", "pip install 's3twine[import]'")


def shown(source: str) -> str:
    """The source without the secret that may stand in it."""
    if "//" not in source and Path(source).is_dir():
        return source
    return without_userinfo(source)


def source_of(
    options: argparse.Namespace, target: Target, stop: threading.Event, *, interactive: bool
) -> Source:
    """The source that the options name, which waits for nothing once ``stop`` is set.

    ``interactive`` says whether opening a bucket may ask for an MFA code, as with the target.
    Raises UsageError, ExtraMissing and what opening a bucket raises.
    """
    text: str = options.source
    if text.startswith("s3://"):
        return _bucket(text, options, target, interactive=interactive)
    if _INDEX.match(text):
        return _index(text, stop)
    folder = Path(text)
    if not folder.is_dir():
        raise UsageError(
            f"{without_userinfo(text)} is not a folder",
            "name a folder, https://HOST/simple/ of an index, or s3://BUCKET/PREFIX",
        )
    return FolderSource(folder)


def _bucket(text: str, options: argparse.Namespace, target: Target, *, interactive: bool) -> Source:
    try:
        from s3pypi_core.move_in.s3pypi_source import S3pypiSource  # noqa: PLC0415  # of an extra
    except ImportError:
        raise ExtraMissing("a bucket of s3pypi") from None
    name, _, prefix = text.removeprefix("s3://").partition("/")
    asked = Target.from_address(f"s3://{name}")
    same = asked.bucket == target.bucket and not options.source_endpoint_url
    told = target if same else asked.override(region=target.region, profile=target.profile)
    source = told.override(
        region=options.source_region,
        profile=options.source_profile,
        endpoint_url=options.source_endpoint_url or target.endpoint_url,
    )
    bucket = source.open(interactive=interactive)
    return S3pypiSource(bucket, f"{prefix.strip('/')}/" if prefix.strip("/") else "", same=same)


def _index(text: str, stop: threading.Event) -> Source:
    try:
        from s3pypi_core.move_in.index_source import IndexSource  # noqa: PLC0415  # of an extra
    except ImportError:
        raise ExtraMissing("an index") from None
    parts, url, origin = _parse(text)
    user = unquote(parts.username or "")
    if parts.password is None:
        # As pip does: a user whom keyring does not know has no password, because the name is a token.
        auth = _stored(url, origin, user) or ((user, "") if user else None)
    else:
        auth = (user, unquote(parts.password))
    if auth is not None and not origin.keeps_secrets:
        raise UsageError(f"{url} would get credentials without encryption", "use https://")
    return IndexSource(url, auth, stop)


def _parse(text: str) -> tuple[SplitResult, str, Origin]:
    """The parts of an index's address, its URL without a secret, and where that leads. Raises UsageError."""
    wrong = UsageError(f"{shown(text)} is not the address of an index", "write https://HOST/simple/")
    try:
        parts = urlsplit(text)
    except ValueError:  # such as a bracket that nothing closes; its words may quote a secret
        raise wrong from None
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="")
    url = urlunsplit(bare).rstrip("/") + "/"
    origin = Origin.parse(url)
    if origin is None:
        raise wrong
    return parts, url, origin


def _stored(url: str, origin: Origin, user: str) -> tuple[str, str] | None:
    """What keyring knows for the address, or for its host, as pip asks."""
    import keyring  # noqa: PLC0415  # takes long to load
    from keyring.errors import KeyringError  # noqa: PLC0415  # likewise

    for place in (url, origin.address):
        try:
            found = keyring.get_credential(place, user or None)
        except KeyringError as error:
            raise RepositoryError(
                f"the keyring cannot be read: {error}",
                "unlock it, or write user and password into the address",
            ) from None
        if found is not None:
            return found.username, found.password
    return None
