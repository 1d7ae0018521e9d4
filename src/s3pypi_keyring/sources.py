"""Where the credentials of a repository come from; the first source that has any wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.config.config import read_config
from s3pypi_core.errors import RepositoryError
from s3pypi_keyring.environment import Found, Login, environment_login, is_token
from s3pypi_keyring.nested import looking_up
from s3pypi_keyring.warning import warn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_core.config.config import Config
    from s3pypi_core.origin import Origin
    from s3pypi_keyring.service import Service
    from s3pypi_keyring.store import Stored

STORE_PATIENCE = 3.0  # seconds: a desktop keyring that is locked may wait for a person for ever


class StoreHangs(RepositoryError):
    """The keyring of the operating system does not answer."""

    def __init__(self) -> None:
        super().__init__(
            f"the keyring of the operating system did not answer within {STORE_PATIENCE:g} s",
            "unlock it, or put a token into the environment (see: s3pypi-keyring status)",
        )


def find_login(
    service: Service, username: str | None, environ: Mapping[str, str]
) -> tuple[Login | None, str]:
    """Return what to send for ``service``, and where it was found; None if the service is not ours.

    Raises RepositoryError when a source that may hold the answer fails.
    """
    with looking_up():
        config = read_config(environ)
        origin = _origin(service, config)
        if origin and (rivals := rivalry(origin, config)):
            warn(rivals)
        found = find_credentials(origin, config, environ) if origin else None
        if found is None:
            return None, "no credentials" if origin else "not configured"
        return found.for_user(username), found.source


def find_credentials(origin: Origin, config: Config, environ: Mapping[str, str]) -> Found | None:
    """Return the credentials for ``origin``: the first source that has any. Raises RepositoryError."""
    if found := environment_login(origin, config, environ):
        return found
    repository = next((each for each in config.repositories if each.origin == origin), None)
    if repository is None:
        return None
    if repository.auth == "aws":
        from s3pypi_keyring.sessions import find_session  # noqa: PLC0415  # only where it is wanted

        return find_session(repository, origin, environ)
    return _stored(origin)


def rivalry(origin: Origin, config: Config) -> str | None:
    """A line to warn with, where sections that differ are about ``origin``: the first of them counts."""
    about = [each for each in config.repositories if each.origin == origin]
    if len({(each.url, each.auth, each.profile, each.region) for each in about}) <= 1:
        return None
    names = " and ".join(f"[repositories.{each.name}]" for each in about)
    mend = f"run: s3pypi-keyring remove {about[-1].name}"
    return f"{names} are about the same host, and the first counts; if that is not meant, {mend}"


def _origin(service: Service, config: Config) -> Origin | None:
    """The scheme, host and port whose credentials the client may have.

    Where no section is about them, the address in the environment may be.
    """
    if service.bare is None:
        return service.origin
    return next((each.origin for each in config.repositories if service.names(each)), None)


def _stored(origin: Origin) -> Found | None:
    stored = read_store(origin)
    if stored is None:
        return None
    login = Login(stored.username, stored.password)
    return Found(login, f"stored in {stored.keyring}", is_token=is_token(stored.password))


def read_store(origin: Origin) -> Stored | None:
    """Return what login stored for ``origin``. Raises StoreError and StoreHangs."""
    # These load every backend that is installed.
    from s3pypi_edge.deadline import within  # noqa: PLC0415
    from s3pypi_keyring.store import open_store  # noqa: PLC0415

    def read() -> Stored | None:
        with looking_up():
            return open_store().read(origin)

    try:
        return within(STORE_PATIENCE, read)
    except TimeoutError:
        raise StoreHangs from None
