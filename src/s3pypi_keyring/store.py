"""What ``login`` keeps: credentials in the keyring of the operating system.

Never through keyring's front door, which would ask us again: through the other backends, one by one, and
under a name that is no URL, so that even a backend that asks keyring in its turn gets nothing from us.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from keyring.backend import KeyringBackend, by_priority, get_all_keyring
from keyring.backends.chainer import ChainerBackend
from keyring.backends.fail import Keyring as FailKeyring
from keyring.backends.null import Keyring as NullKeyring

from s3pypi_core.errors import RepositoryError
from s3pypi_keyring.backend import S3PyPIKeyring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from s3pypi_core.origin import Origin

    Result = TypeVar("Result")

ENTRY = "login"  # some backends find nothing without a user name, so it is always the same
NO_STORES = (S3PyPIKeyring, ChainerBackend, FailKeyring, NullKeyring)
# Files that ask for a password of their own, those of keyrings.alt and keyrings.cryptfile, and what others
# make of them. By name, because none of them need be installed.
PROMPTING = {"EncryptedKeyring", "CryptFileKeyring"}


class StoreError(RepositoryError):
    """The keyring of the operating system failed, or there is none."""

    def __init__(self, faults: Iterable[str] = ()) -> None:
        reasons = ", ".join(faults)
        problem = f"failed ({reasons})" if reasons else "is missing: nothing here can store credentials"
        super().__init__(
            f"the keyring of the operating system {problem}",
            "unlock it, put a token into the environment (see: s3pypi-keyring status), "
            "or keep credentials in a plain file: pip install keyrings.alt",
        )


class Storage(Protocol):
    """What is used of a keyring backend."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return what is kept under the two names, if anything is."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep ``password``."""
        ...

    def delete_password(self, service: str, username: str) -> None:
        """Forget it."""
        ...


class Stored(NamedTuple):
    """What was stored, and the name of the backend that keeps it."""

    username: str
    password: str
    keyring: str


class Store:
    """Credentials by origin, in the first of ``backends`` that takes them."""

    def __init__(self, backends: Iterable[Storage]) -> None:
        self._backends = tuple(backends)

    def require(self) -> None:
        """Raise StoreError when there is no backend at all."""
        if not self._backends:
            raise StoreError

    def read(self, origin: Origin) -> Stored | None:
        """Return what is stored for ``origin``. Raises StoreError when that cannot be told."""
        answer = self._first(lambda backend: backend.get_password(_service(origin), ENTRY))
        if answer is None:
            return None
        backend, text = answer
        try:
            entry = json.loads(text)
            return Stored(str(entry["username"]), str(entry["password"]), name_of(backend))
        except (ValueError, TypeError, KeyError) as error:
            raise StoreError([f"{name_of(backend)}: the entry is damaged, log in again"]) from error

    def write(self, origin: Origin, username: str, password: str) -> str:
        """Store the pair; return the name of the backend that took it. Raises StoreError."""
        text = json.dumps({"username": username, "password": password})

        def keep(backend: Storage) -> bool | None:
            backend.set_password(_service(origin), ENTRY, text)
            # Some backends take everything and keep nothing.
            return True if backend.get_password(_service(origin), ENTRY) == text else None

        answer = self._first(keep)
        if answer is None:
            raise StoreError
        return name_of(answer[0])

    def delete(self, origin: Origin) -> bool:
        """Forget what is stored for ``origin``; return whether there was anything. Raises StoreError."""

        def forget(backend: Storage) -> bool | None:
            if backend.get_password(_service(origin), ENTRY) is None:
                return None
            backend.delete_password(_service(origin), ENTRY)
            return True

        return self._first(forget) is not None

    def _first(self, action: Callable[[Storage], Result | None]) -> tuple[Storage, Result] | None:
        faults = []
        for backend in self._backends:
            try:
                result = action(backend)
            except Exception as error:  # noqa: BLE001 - other people's backends raise what they like
                faults.append(f"{name_of(backend)}: {type(error).__name__}")
                continue
            if result is not None:
                return backend, result
        if faults:
            raise StoreError(faults)
        return None


def open_store() -> Store:
    """Return the store of this machine, which may have no backend. Loads every backend that is installed."""
    usable = (backend for backend in get_all_keyring() if can_store(backend))
    return Store(sorted(usable, key=by_priority, reverse=True))


def can_store(backend: KeyringBackend) -> bool:
    """Tell whether the backend keeps things, and gives them back without asking a person first."""
    if isinstance(backend, NO_STORES) or PROMPTING & {kind.__name__ for kind in type(backend).__mro__}:
        return False
    return backend.priority > 0


def name_of(backend: object) -> str:
    """Name a backend as ``PYTHON_KEYRING_BACKEND`` would."""
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _service(origin: Origin) -> str:
    return f"s3pypi-keyring:{origin.address}"
