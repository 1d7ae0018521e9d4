"""The keyring backend. Every program that uses keyring imports this module, so it stays light."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from keyring.backend import KeyringBackend
from keyring.credentials import SimpleCredential
from keyring.errors import PasswordDeleteError, PasswordSetError

from s3pypi_core.config_paths import config_paths
from s3pypi_core.errors import RepositoryError
from s3pypi_keyring.nested import is_looking_up
from s3pypi_keyring.service import Service

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from s3pypi_keyring.environment import Login

PRIORITY = 9.9  # before every keyring that stores; above 10, keyring would ask no other at all
URL_VARIABLE = "S3PYPI_URL"
LOG_VARIABLE = "S3PYPI_LOG"
PATIENCE = 9.5  # seconds for a look-up, of which each source has less


class CannotStore(PasswordSetError, PasswordDeleteError, NotImplementedError):
    """Passwords of other services are not kept here.

    keyring's chainer goes on to the next backend when it sees a NotImplementedError; where this backend is
    alone, the other two bases make it the clean error that callers expect.
    """


class Unanswered(RepositoryError):
    """A source hangs, such as a file on a network that is gone."""

    def __init__(self) -> None:
        super().__init__(f"no credentials were found within {PATIENCE:g} s", "run: s3pypi-keyring status")


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
    login, outcome = None, "failed"
    try:
        login, outcome = _find(service, username, environ)
    except RepositoryError as error:
        outcome = str(error)
        if getattr(error, "is_news", True):
            _warn(outcome)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a backend that raises is switched off by pip
        outcome = f"looking up credentials failed ({type(error).__name__})\nrun: s3pypi-keyring status"
        _warn(outcome)
    if path := environ.get(LOG_VARIABLE):
        from s3pypi_keyring.log import note  # noqa: PLC0415  # only for who wants it

        note(path, service, _one_line(outcome))
    return login


def _find(service: str, username: str | None, environ: Mapping[str, str]) -> tuple[Login | None, str]:
    """What to send, and where it was found, or why there is nothing. Raises whatever goes wrong."""
    ours = Service.parse(service)
    if ours is None or is_looking_up() or not _is_mentioned(ours.origin.host, environ):
        return None, "not ours"
    # TOML, JSON and the other backends are loaded only for a host that we know.
    from s3pypi_edge.deadline import within  # noqa: PLC0415
    from s3pypi_keyring.sources import find_login  # noqa: PLC0415

    try:
        return within(PATIENCE, lambda: find_login(ours, username or None, environ))
    except TimeoutError:
        raise Unanswered from None


def _is_mentioned(host: str, environ: Mapping[str, str]) -> bool:
    """Whether the configuration may be about ``host``: a look at its bytes, which parses nothing."""
    return host in environ.get(URL_VARIABLE, "").lower() or any(
        host.encode() in _content(path).lower() for path in config_paths(environ)
    )


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # most people have one of the files, or none
        return b""


def _warn(advice: str) -> None:
    # Standard error may be closed, or None under pythonw, and a look-up never fails over that.
    with contextlib.suppress(AttributeError, OSError, ValueError):
        sys.stderr.write(f"s3pypi-keyring: {_one_line(advice)}\n")


def _one_line(advice: str) -> str:
    return "; ".join(advice.splitlines())
