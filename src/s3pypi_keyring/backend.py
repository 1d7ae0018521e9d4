"""The keyring backend. Every program that uses keyring imports this module, so it stays light."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from keyring.backend import KeyringBackend
from keyring.credentials import SimpleCredential
from keyring.errors import PasswordDeleteError, PasswordSetError

from s3pypi_core.config.config_paths import config_paths

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from s3pypi_keyring.environment import Login

PRIORITY = 9.9  # before every keyring that stores; above 10, keyring would ask no other at all
URL_VARIABLE = "S3PYPI_URL"
LOG_VARIABLE = "S3PYPI_LOG"
NOT_OURS = "not ours"


class CannotStore(PasswordSetError, PasswordDeleteError, NotImplementedError):
    """Passwords of other services are not kept here.

    keyring's chainer goes on to the next backend when it sees a NotImplementedError; where this backend is
    alone, the other two bases make it the clean error that callers expect.
    """


class S3PyPIKeyring(KeyringBackend):
    """Answers for the configured repositories, and for nothing else.

    Looking up never raises, prompts, exits or writes to standard output: pip, uv and the others treat such
    a backend as broken, or take what it printed for the password. It may be used from many threads.
    """

    priority = PRIORITY

    def get_credential(self, service: str, username: str | None) -> SimpleCredential | None:
        """Return the user name and secret for the repository at the URL ``service``, or None."""
        login = _look_up(service, username, os.environ)
        return SimpleCredential(login.username, login.password) if login else None

    def get_password(self, service: str, username: str) -> str | None:
        """Return the secret of ``username`` for the repository at the URL ``service``, or None."""
        login = _look_up(service, username, os.environ)
        return login.password if login else None

    def set_password(self, service: str, username: str, password: str) -> None:
        """Leave it to the next backend of keyring's chain. Raises CannotStore."""
        del service, username, password
        raise CannotStore("this backend stores no passwords; see: s3pypi-keyring login --help")

    def delete_password(self, service: str, username: str) -> None:
        """Leave it to the next backend of keyring's chain. Raises CannotStore."""
        del service, username
        raise CannotStore("this backend stores no passwords; see: s3pypi-keyring logout --help")


def _look_up(service: str, username: str | None, environ: Mapping[str, str]) -> Login | None:
    with contextlib.suppress(Exception, SystemExit):  # a backend that raises is switched off by pip
        if _is_mentioned(_host(service), environ):
            # TOML, JSON and the other backends are loaded only for a host that we know.
            from s3pypi_keyring.lookup import look_up  # noqa: PLC0415

            return look_up(service, username or None, environ)
        note_outcome(service, NOT_OURS, environ)
    return None


def note_outcome(service: str, outcome: str, environ: Mapping[str, str]) -> None:
    """Write it into the file that ``S3PYPI_LOG`` names, if it names one."""
    if path := environ.get(LOG_VARIABLE):
        from s3pypi_keyring.log import note  # noqa: PLC0415  # only for who wants it

        note(path, service, outcome)


def _host(service: str) -> str:
    """The host of every URL, and every bare host, that Origin takes; of what it does not take, anything."""
    authority = service.partition("://")[2] or service
    for mark in "/?#":
        authority = authority.partition(mark)[0]
    return authority.rpartition("@")[2].partition(":")[0].removesuffix(".").lower()


def _is_mentioned(host: str, environ: Mapping[str, str]) -> bool:
    """Whether the configuration may be about ``host``: a look at its bytes, which parses nothing."""
    return bool(host) and (
        host in environ.get(URL_VARIABLE, "").lower()
        or any(host.encode() in _content(path).lower() for path in config_paths(environ))
    )


def _content(path: Path) -> bytes:
    with contextlib.suppress(OSError):
        # Most people have one of the files, or none. A pipe would keep us waiting for ever, before anything
        # here counts the seconds.
        if path.is_file():
            return path.read_bytes()
    return b""
