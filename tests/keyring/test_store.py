from __future__ import annotations

import json

import pytest
from keyring.backend import KeyringBackend, get_all_keyring
from keyrings.alt.file import EncryptedKeyring, PlaintextKeyring

from s3pypi_core.origin import Origin
from s3pypi_keyring.store import Storage, Store, Stored, StoreError, can_store, open_store

ACME = Origin("https", "pypi.acme.com", 443)
LOCAL = Origin("http", "127.0.0.1", 8080)


class Memory:
    """A backend that keeps what it gets, as long as it lives."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class ReadOnly(Memory):
    """A backend of another index: it answers for its own services, and stores nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError(service, username, password)


class Forgetful(Memory):
    """A backend that takes everything and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Lose it."""


class Locked(Memory):
    """A desktop keyring that nobody unlocked."""

    def get_password(self, service: str, username: str) -> str | None:
        raise PermissionError(service, username)


@pytest.mark.parametrize(
    "before",
    [[], [ReadOnly()], [Forgetful()], [Locked()], [ReadOnly(), Forgetful(), Locked()]],
    ids=["alone", "read-only", "forgetful", "locked", "all of them"],
)
def test_what_was_stored_is_found_again_in_the_first_backend_that_keeps_it(before: list[Storage]) -> None:
    store = Store([*before, Memory(), Memory()])
    name = store.write(ACME, "alice", "secret")
    assert name.endswith("test_store.Memory")
    assert store.read(ACME) == Stored("alice", "secret", name)
    assert store.read(LOCAL) is None if Locked not in map(type, before) else True


def test_the_name_of_the_service_is_no_address() -> None:
    memory = Memory()
    Store([memory]).write(ACME, "alice", "secret")
    Store([memory]).write(LOCAL, "bob", "other")
    assert [service for service, _ in memory.kept] == [
        "s3pypi-keyring:pypi.acme.com",
        "s3pypi-keyring:127.0.0.1:8080",
    ]


def test_what_was_deleted_is_gone() -> None:
    store = Store([Memory()])
    store.write(ACME, "alice", "secret")
    assert store.delete(ACME)
    assert store.read(ACME) is None
    assert not store.delete(ACME)


def test_a_backend_that_fails_is_named() -> None:
    for act in (Store([Locked()]).read, Store([Locked()]).delete):
        with pytest.raises(StoreError, match=r"failed \(.*test_store\.Locked: PermissionError\)"):
            act(ACME)


@pytest.mark.parametrize("backends", [[], [Forgetful()]], ids=["none", "forgetful"])
def test_without_a_backend_that_keeps_things_nothing_is_stored(backends: list[Storage]) -> None:
    with pytest.raises(StoreError, match="is missing"):
        Store(backends).write(ACME, "alice", "secret")


def test_a_backend_is_required_before_anyone_is_asked_for_a_password() -> None:
    Store([Memory()]).require()
    with pytest.raises(StoreError, match=r"keyrings\.alt"):
        Store([]).require()


@pytest.mark.parametrize("entry", ["not JSON", "[]", "{}", json.dumps({"username": "alice"})])
def test_an_entry_that_somebody_damaged_is_an_error_that_does_not_repeat_it(entry: str) -> None:
    memory = Memory()
    memory.set_password("s3pypi-keyring:pypi.acme.com", "login", entry)
    with pytest.raises(StoreError, match="the entry is damaged, log in again") as caught:
        Store([memory]).read(ACME)
    assert entry not in str(caught.value)


def test_only_backends_that_store_are_used() -> None:
    usable = {type(backend) for backend in get_all_keyring() if can_store(backend)}
    assert usable == {PlaintextKeyring}
    open_store().require()


@pytest.fixture
def _no_new_backends(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test makes is not there for the next: keyring notes every class of backend."""
    monkeypatch.setattr(KeyringBackend, "_classes", {*KeyringBackend._classes})


def foreign(*names: str) -> KeyringBackend:
    """A backend of somebody else's that keeps things, of a class that descends from all of ``names``."""
    kind: type[KeyringBackend] = PlaintextKeyring
    for name in names:
        kind = type(name, (kind,), {"__module__": "somewhere.else", "priority": 2.5})
    return kind()


@pytest.mark.usefixtures("_no_new_backends")
@pytest.mark.parametrize(
    "names",
    [
        ["EncryptedKeyring"],
        ["CryptFileKeyring"],
        ["EncryptedKeyring", "ChaChaFileKeyring"],
        ["CryptFileKeyring", "CompanyKeyring", "TeamKeyring"],
    ],
    ids=" > ".join,
)
def test_a_backend_that_would_ask_for_its_own_password_is_not_used(names: list[str]) -> None:
    assert not can_store(foreign(*names))


@pytest.mark.usefixtures("_no_new_backends")
def test_any_other_backend_is_used() -> None:
    assert can_store(foreign("CompanyKeyring"))


def test_the_one_of_keyrings_alt_is_not_used() -> None:
    backend: KeyringBackend = EncryptedKeyring.__new__(EncryptedKeyring)
    assert not can_store(backend)
