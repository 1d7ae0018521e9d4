"""The keys that sign sessions: the format of ``config/keys.json``, and which of them does what when."""

from __future__ import annotations

import binascii
import re
from typing import NamedTuple

from s3pypi_edge.json_text import load_json
from s3pypi_edge.tokens import is_id
from s3pypi_edge.users import parse_time

LONGEST_SESSION = 86_400  # seconds
# Another instance may work with a copy that is a minute old; what is signed must be known everywhere.
SIGNS_AFTER = 120  # seconds
KEY_BYTES = 32

_VERSION = 1
_KEY = re.compile(r"[A-Za-z0-9+/]{43}=")


class SigningKey(NamedTuple):
    """A key; ``created`` is in POSIX seconds."""

    id: str
    key: bytes
    created: float

    def __repr__(self) -> str:
        return f"<SigningKey {self.id}>"


class KeyRing(NamedTuple):
    """All keys, the oldest first; ``problems`` has a sentence for each record that was left out."""

    keys: tuple[SigningKey, ...]
    problems: tuple[str, ...]

    @classmethod
    def parse(cls, body: bytes) -> KeyRing:
        """Read the whole document. Raises ValueError when it is not one of version 1."""
        keys: dict[str, SigningKey] = {}
        problems = []
        for number, record in enumerate(_records(body), 1):
            try:
                key = _key(record)
            except ValueError as error:
                problems.append(f"signing key {number} is left out: {error}")
            else:
                if key.id in keys:
                    problems.append(f"signing key {number} is left out: its id is another's")
                keys.setdefault(key.id, key)
        return cls(tuple(sorted(keys.values(), key=lambda key: key.created)), tuple(problems))

    def signer(self, now: float) -> SigningKey | None:
        """The key that signs: the newest of those that every instance knows, or else the very first."""
        known = [key for key in self.keys if key.created + SIGNS_AFTER <= now]
        return known[-1] if known else next(iter(self.keys), None)

    def verifier(self, key_id: str, now: float) -> SigningKey | None:
        """The key of this id, as long as a session that it signed may be alive."""
        for key in self.keys:
            if key.id == key_id:
                end = self.end(key)
                return key if end is None or now < end else None
        return None

    def end(self, key: SigningKey) -> float | None:
        """When the last session that the key signed is over; None while no newer key is there."""
        newer = self.keys[self.keys.index(key) + 1 :]
        return newer[0].created + SIGNS_AFTER + LONGEST_SESSION if newer else None


def _records(body: bytes) -> list[object]:
    document = load_json(body, "the list of signing keys")
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        raise ValueError(f"the list of signing keys is not an object of version {_VERSION}")
    if not isinstance(document.get("keys"), list):
        raise ValueError("the list of signing keys has no keys")  # noqa: TRY004  # one error for a bad document
    records: list[object] = document["keys"]
    return records


def _key(record: object) -> SigningKey:
    """Read one key. What is wrong is said without it."""
    fields = record if isinstance(record, dict) else {}
    identifier, key, created = (fields.get(name) for name in ("id", "key", "created"))
    if not isinstance(identifier, str) or not isinstance(key, str) or not isinstance(created, str):
        raise ValueError("its id, its key or its time is not a text")  # noqa: TRY004  # one error for a bad record
    if not is_id(identifier):
        raise ValueError("its id is not 1 to 32 lower-case letters and digits")
    if not _KEY.fullmatch(key):
        raise ValueError(f"it is not {KEY_BYTES} bytes in base64")
    return SigningKey(identifier, binascii.a2b_base64(key), parse_time(created))
