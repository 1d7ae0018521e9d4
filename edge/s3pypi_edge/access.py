"""What the gate knows of who may come in, made of the two objects below ``config/``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_edge.bounded import BoundedSet
from s3pypi_edge.signing_keys import KeyRing
from s3pypi_edge.users import UserStore
from s3pypi_edge.verifier import REMEMBERED_PAIRS, Verifier

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from s3pypi_edge.principals import Principals
    from s3pypi_edge.ration import Ration


class Access(NamedTuple):
    """One state of the user store."""

    verifier: Verifier
    principals: Principals


def access_parser(key: bytes, ration: Ration, log: Callable[[str], object]) -> Callable[[bytes], Access]:
    """Return what reads ``config/users.json``; ``key`` and ``ration`` are the Verifier's.

    Records left out are logged. A password that was verified once is known in each state that has its hash.
    """
    right = BoundedSet(REMEMBERED_PAIRS)

    def parse(body: bytes) -> Access:
        store = UserStore.parse(body)
        _report(store.problems, log)
        return Access(Verifier(store, key, ration, right), store.principals)

    return parse


def key_parser(log: Callable[[str], object]) -> Callable[[bytes], KeyRing]:
    """Return what reads ``config/keys.json``. Records left out are logged."""

    def parse(body: bytes) -> KeyRing:
        keys = KeyRing.parse(body)
        _report(keys.problems, log)
        return keys

    return parse


def _report(problems: Sequence[str], log: Callable[[str], object]) -> None:
    if problems:
        log(json.dumps({"problems": problems}))
