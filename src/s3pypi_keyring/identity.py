"""Which AWS identity is meant, told from the environment and AWS's files without loading botocore."""

from __future__ import annotations

import configparser
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROFILE_VARIABLE = "S3PYPI_PROFILE"
# Any of these in the environment says whose credentials are meant: the section's profile is passed over then.
_PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_ROLES = (
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
_SECRETS = ("aws_secret_access_key", "aws_session_token", "aws_security_token")
_DEEPEST = 5  # profiles that lead to one another


class Identity(NamedTuple):
    """``profile`` is one that was chosen, None for AWS's default chain; ``name`` is what to call it.

    ``has_keys`` where the environment carries the keys; ``settings`` are whatever would make it another one.
    """

    profile: str | None
    has_keys: bool
    name: str
    settings: tuple[str, ...]

    @classmethod
    def find(cls, section_profile: str | None, environ: Mapping[str, str]) -> Identity:
        """S3PYPI_PROFILE, then AWS's own variables, then the section's profile, then the default chain."""
        if chosen := environ.get(PROFILE_VARIABLE):
            return cls._of_profile(chosen, chosen, environ)
        if all(environ.get(name) for name in _KEYS):
            access_key = environ[_KEYS[0]]
            return cls(None, has_keys=True, name=f"access key {access_key}", settings=(access_key,))
        named = next((environ[name] for name in _PROFILES if environ.get(name)), None)
        roles = tuple(environ.get(name, "") for name in _ROLES)
        if named is None and not any((*roles, environ.get(_KEYS[0]))) and section_profile:
            return cls._of_profile(section_profile, section_profile, environ)
        found = cls._of_profile(None, named or "default", environ)
        return found._replace(settings=(*roles, *found.settings))

    @classmethod
    def _of_profile(cls, chosen: str | None, profile: str, environ: Mapping[str, str]) -> Identity:
        # With `credential_source = Environment` a profile is a role that these keys take on.
        settings = (environ.get(_KEYS[0], ""), *_settings(profile, environ))
        return cls(chosen, has_keys=False, name=f"profile {profile}", settings=settings)

    def key(self, url: str) -> str:
        """A name for what is cached of this identity at ``url``, which tells nobody anything."""
        parts = json.dumps([url, self.profile, self.name, self.settings])
        return hashlib.sha256(parts.encode()).hexdigest()[:40]


def aws_files(environ: Mapping[str, str]) -> tuple[Path, Path]:
    """AWS's file of credentials, and that of settings."""
    named = (("AWS_SHARED_CREDENTIALS_FILE", "credentials"), ("AWS_CONFIG_FILE", "config"))
    first, second = (Path(environ.get(name) or f"~/.aws/{file}") for name, file in named)
    return _expanded(first), _expanded(second)


def evidence(environ: Mapping[str, str]) -> str:
    """Something that changes when somebody mends AWS credentials or logs in to them."""
    files = aws_files(environ)
    caches = [files[1].parent / name / "cache" for name in ("sso", "login", "cli")]
    times = [_changed(path) for path in files]
    times += [max((_changed(Path(entry)) for entry in _entries(cache)), default=0) for cache in caches]
    return " ".join(map(str, times))


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:  # nobody's home is known
        return path


def _entries(folder: Path) -> list[str]:
    try:
        return [entry.path for entry in os.scandir(folder)]
    except OSError:
        return []


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _settings(profile: str, environ: Mapping[str, str]) -> Iterator[str]:
    """What the files say of a profile and of those that it leads to; not the secrets."""
    credentials, config = (_read(path) for path in aws_files(environ))
    wanted: str | None = profile
    for _ in range(_DEEPEST):
        if wanted is None:
            return
        title = wanted if wanted == "default" else f"profile {wanted}"
        said = {**_section(config, title), **_section(credentials, wanted)}
        yield from (f"{name}={value}" for name, value in sorted(said.items()) if name not in _SECRETS)
        wanted = said.get("source_profile")


def _read(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, default_section="\0")
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, configparser.Error):  # botocore will say what is wrong with it
        return configparser.RawConfigParser()
    return parser


def _section(parser: configparser.RawConfigParser, title: str) -> dict[str, str]:
    return {name: value or "" for name, value in parser.items(title)} if parser.has_section(title) else {}
