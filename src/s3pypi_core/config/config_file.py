"""What may stand in a configuration file: sections of TOML, checked, as values."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from s3pypi_core.config.bucket_name import check_bucket_name
from s3pypi_core.errors import RepositoryError
from s3pypi_core.origin import Origin

if sys.version_info >= (3, 11):  # pragma: no cover - which branch runs depends on the Python
    import tomllib
else:  # pragma: no cover - likewise
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

AUTH_KINDS = ("aws", "stored")
_DISTRIBUTION = re.compile(r"[A-Z0-9]{5,64}")


class ConfigError(RepositoryError):
    """A configuration file cannot be used. Names the file, and the section where there is one."""

    def __init__(self, path: Path, problem: str, hint: str, *, section: str | None = None) -> None:
        where = f"[repositories.{section}] in {path}" if section is not None else str(path)
        super().__init__(f"{where}: {problem}", hint)


@dataclass(frozen=True)
class Repository:
    """One section. ``auth`` says where credentials come from: ``aws``, ``stored``, or wherever they are.

    ``distribution`` is the id of the CloudFront distribution that serves the bucket.
    ``allow_bare_host`` lets the keyring answer for the host without its scheme, too.
    """

    name: str
    url: str | None = None
    bucket: str | None = None
    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    auth: str | None = None
    distribution: str | None = None
    allow_bare_host: bool = False

    @classmethod
    def parse(cls, *, path: Path, name: str, section: object) -> Repository:
        """Check a section of ``path``. Raises ConfigError. Settings of other versions are left alone."""
        if not isinstance(section, dict) or not name:
            raise ConfigError(path, "is not a section with a name", "write [repositories.NAME]", section=name)
        settings = {key: section[key] for key in SETTINGS if key in section}
        for key, value in settings.items():
            if key in SWITCHES:
                _check_switch(path, name, key, value)
                continue
            if value == "":
                hint = "give it a value, or remove the line"
                raise ConfigError(path, f"{key} is empty", hint, section=name)
            if not isinstance(value, str) or not value.isprintable():
                hint = f'write it in quotes: {key} = "..."'
                raise ConfigError(path, f"{key} must be text in one line", hint, section=name)
        repository = cls(name, **settings)
        repository._check(path)
        return repository

    def _check(self, path: Path) -> None:
        if self.url is not None and ("@" in self.url or self.origin is None):
            # The value may hold a password: it is not repeated.
            hint = "write it like https://pypi.example.com/simple/, without a user name"
            raise ConfigError(path, "url is not an http or https address", hint, section=self.name)
        if self.bucket is not None:
            try:
                check_bucket_name(self.bucket)
            except ValueError as error:
                hint = 'write its name alone: bucket = "acme-pypi"'
                message = f"bucket = {self.bucket!r} names no bucket: {error}"
                raise ConfigError(path, message, hint, section=self.name) from None
        if self.auth is not None and self.auth not in AUTH_KINDS:
            hint = "write one of: " + ", ".join(f'"{kind}"' for kind in AUTH_KINDS)
            raise ConfigError(path, f"auth = {self.auth!r} is unknown", hint, section=self.name)

        if self.distribution is not None and not _DISTRIBUTION.fullmatch(self.distribution):
            hint = 'write its id alone: distribution = "E2EXAMPLE1ABCD"'
            message = f"distribution = {self.distribution!r} is not the id of a CloudFront distribution"
            raise ConfigError(path, message, hint, section=self.name)

    @property
    def origin(self) -> Origin | None:
        """Scheme, host and port of ``url``; None where there is no ``url``."""
        return Origin.parse(self.url) if self.url is not None else None

    def to_toml(self) -> str:
        """Write the section; parse_config gives the same repository back."""
        settings = {key: getattr(self, key) for key in SETTINGS}
        lines = [f"{key} = {_quote(value)}" for key, value in settings.items() if isinstance(value, str)]
        lines += [f"{key} = true" for key in SWITCHES if settings[key]]
        return "\n".join([f"[repositories.{_quote(self.name)}]", *lines, ""])


SETTINGS = tuple(field.name for field in fields(Repository) if field.name != "name")
SWITCHES = ("allow_bare_host",)


def _check_switch(path: Path, name: str, key: str, value: object) -> None:
    if not isinstance(value, bool):
        hint = f"write {key} = true, without quotes, or remove the line"
        raise ConfigError(path, f"{key} is neither true nor false", hint, section=name)


def _quote(text: str) -> str:
    # TOML: "Any Unicode character may be used except those that must be escaped: quotation mark, backslash,
    # and the control characters other than tab (U+0000 to U+0008, U+000A to U+001F, U+007F)." JSON escapes
    # all of them in the same way, except the last.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def token_variable(name: str) -> str:
    """Name the environment variable that holds the token of the repository ``name``.

    >>> token_variable("acme-eu")
    'S3PYPI_ACME_EU_TOKEN'
    """
    return f"S3PYPI_{re.sub('[^A-Za-z0-9]', '_', name).upper()}_TOKEN"


def parse_config(path: Path, body: bytes) -> tuple[Repository, ...]:
    """Check the content of a configuration file; ``path`` is for the errors. Raises ConfigError."""
    sections = _sections(path, _document(path, body))
    check_variables(path, sections)
    return tuple(Repository.parse(path=path, name=name, section=sections[name]) for name in sections)


def unknown_settings(path: Path, body: bytes) -> list[str]:
    """A sentence for each thing in the file that this version does not know. Raises ConfigError."""
    document = _document(path, body)
    sections = _sections(path, document)
    found = [f"{key!r} in {path}" for key in document if key != "repositories"]
    found += [
        f"{key!r} of [repositories.{name}] in {path}"
        for name, section in sections.items()
        for key in section
        if key not in SETTINGS
    ]
    return [f"{what} is not known to this version, and has no effect: is it misspelt?" for what in found]


def _document(path: Path, body: bytes) -> dict[str, Any]:
    try:
        # Some editors on Windows put a byte order mark in front.
        return tomllib.loads(body.decode("utf-8-sig"))
    except ValueError as error:
        raise ConfigError(path, f"is not TOML: {error}", "mend that line of the file") from error


def _sections(path: Path, document: dict[str, Any]) -> dict[str, Any]:
    sections = document.get("repositories", {})
    if not isinstance(sections, dict):
        raise ConfigError(path, "`repositories` is not a table", "write sections: [repositories.NAME]")
    return sections


def check_variables(path: Path, names: Iterable[str]) -> None:
    """Raise ConfigError where one environment variable would hold the tokens of two repositories."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(token_variable(name), name)
        if other != name:
            hint = f"rename one of them: {token_variable(name)} would be the token of both"
            raise ConfigError(path, f"cannot stand beside [repositories.{other}]", hint, section=name)
