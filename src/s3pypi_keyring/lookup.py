"""A look-up for a host that the configuration mentions: what to send, or one line that says why nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError
from s3pypi_edge.deadline import within
from s3pypi_keyring.backend import NOT_OURS, note_outcome
from s3pypi_keyring.nested import is_looking_up
from s3pypi_keyring.service import Service
from s3pypi_keyring.sources import find_login
from s3pypi_keyring.warning import warn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_keyring.environment import Login

PATIENCE = 9.5  # seconds for a look-up, of which each source has less


class Unanswered(RepositoryError):
    """A source hangs, such as a file on a network that is gone."""

    def __init__(self) -> None:
        super().__init__(f"no credentials were found within {PATIENCE:g} s", "run: s3pypi-keyring status")


def look_up(service: str, username: str | None, environ: Mapping[str, str]) -> Login | None:
    """Return what to send for ``service``, if it is ours. Whatever goes wrong is a line on standard error."""
    login = None
    try:
        login, outcome = _find(service, username, environ)
    except RepositoryError as error:
        outcome = _one_line(str(error))
        if getattr(error, "is_news", True):
            warn(outcome)
    except Exception as error:  # noqa: BLE001 - a backend that raises is switched off by pip
        outcome = f"looking up credentials failed ({type(error).__name__}); run: s3pypi-keyring status"
        warn(outcome)
    note_outcome(service, outcome, environ)
    return login


def _find(service: str, username: str | None, environ: Mapping[str, str]) -> tuple[Login | None, str]:
    """What to send, and where it was found, or why there is nothing. Raises whatever goes wrong."""
    ours = Service.parse(service)
    if ours is None or is_looking_up():
        return None, NOT_OURS
    try:
        return within(PATIENCE, lambda: find_login(ours, username, environ))
    except TimeoutError:
        raise Unanswered from None


def _one_line(advice: str) -> str:
    return "; ".join(advice.splitlines())
