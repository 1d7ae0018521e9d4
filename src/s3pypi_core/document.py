"""What the record and the root share: JSON that is read strictly, because it is written back."""

from __future__ import annotations

import json
import math
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from s3pypi_core.errors import RepositoryError, repair_hint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

API_VERSION = "1.4"
_MAJOR, _MINOR = (int(part) for part in API_VERSION.split("."))
_VERSION = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})")
LAST_GENERATION = 10**15  # below 2**53, up to which every JSON reader holds an integer exactly
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")  # an escaped surrogate, alone or with its other half
_NOUNS = {dict: "an object", list: "a list", str: "a string", int: "an integer"}

Value = TypeVar("Value")


class UnreadableDocument(RepositoryError):
    """An index document in the bucket is not one that this program can read and write back."""

    def __init__(self, key: str, fault: str, hint: str = repair_hint()) -> None:
        super().__init__(f"{key} in the bucket cannot be read: {fault}", hint)


class NewerDocument(UnreadableDocument):
    """An index document was written by a later release of this program, and is in order."""

    def __init__(self, key: str, version: str) -> None:
        fault = f"it is of API version {version}, and this program writes {API_VERSION}"
        super().__init__(key, fault, "upgrade s3twine")


class NoNextGeneration(RepositoryError):
    """An index document has a number that no document reaches: with the next one nothing could read it."""

    def __init__(self, key: str, hint: str) -> None:
        super().__init__(
            f"{key} is of generation {LAST_GENERATION}, and what is written next could not be read; "
            "it was left as it is",
            hint,
        )


@contextmanager
def reading(key: str) -> Iterator[None]:
    """Turn any ValueError into an UnreadableDocument that names the document's key."""
    try:
        yield
    except ValueError as fault:
        raise UnreadableDocument(key, str(fault)) from None


def load(body: bytes, key: str) -> dict[str, Any]:
    """Return the JSON object that ``body`` is, of API version 1.0 to 1.4.

    Raises ValueError for anything else, and NewerDocument for a later version.
    """
    try:
        document = json.loads(body.decode(), parse_constant=_refuse_constant, parse_float=_finite)
        if _SURROGATE.search(body):
            check_text(json.dumps(document, ensure_ascii=False), "the whole")
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error})") from None
    opened = as_object(document, "the whole")
    _check_version(expect(expect(opened, "meta", dict), "api-version", str), key)
    return opened


def dump(document: Mapping[str, Any]) -> bytes:
    """Return the document as JSON; the same document gives the same bytes."""
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()


def difference(body: bytes, written: bytes) -> str:
    """Return where the document ``body`` does not say what ``written`` says, as ``files.0.url``; or nothing.

    The order of keys and white space do not count, nor do further keys: those belong to other programs.
    """
    pairs = [] if body == written else [("", json.loads(body), json.loads(written))]
    while pairs:
        path, said, due = pairs.pop()
        if type(said) is not type(due):
            return path
        if isinstance(due, dict):
            pairs += [(f"{path}.{key}".lstrip("."), said.get(key), value) for key, value in due.items()]
        elif isinstance(due, list) and len(said) == len(due):
            pairs += [(f"{path}.{place}", *both) for place, both in enumerate(zip(said, due, strict=True))]
        elif said != due:
            return path
    return ""


def check_text(text: str, what: str) -> None:
    """Raise ValueError, naming ``what``, for text that UTF-8 cannot hold.

    JSON can escape half of a surrogate pair, and Python reads it, but strict clients refuse the document.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{what} holds half of a surrogate pair") from None


def as_object(value: object, what: str) -> dict[str, Any]:
    """Return the JSON object that the value is. Raises ValueError, naming ``what``, if it is none."""
    if type(value) is not dict:
        raise ValueError(f"{what} is not an object")
    return value


def expect(document: Mapping[str, Any], key: str, kind: type[Value]) -> Value:
    """Return ``document[key]``. Raises ValueError when it is missing or of another kind."""
    value = document.get(key)
    # To Python a bool is an int, to JSON it is not: the very type counts.
    if type(value) is not kind:
        raise ValueError(f"{key!r} is {f'not {_NOUNS[kind]}' if key in document else 'missing'}")
    return value


def optional(document: Mapping[str, Any], key: str) -> str | None:
    """Return the string, or None where there is none. Raises ValueError for anything else."""
    return None if document.get(key) is None else expect(document, key, str)


def expect_generation(document: Mapping[str, Any]) -> int:
    """Return how many times the document has been written. Raises ValueError if it does not say."""
    generation = expect(document, "_generation", int)
    if not 0 <= generation <= LAST_GENERATION:
        raise ValueError(f"'_generation' is {generation}")
    return generation


def check_next(key: str, generation: int, *projects: str) -> None:
    """Raise NoNextGeneration, whose hint names ``projects``, if what is to be written could not be read."""
    if generation > LAST_GENERATION:
        raise NoNextGeneration(key, repair_hint(*projects))


def unknown(
    document: Mapping[str, Any], known: frozenset[str], inside: Mapping[str, frozenset[str]]
) -> dict[str, Any]:
    """Return what another program added to the document: it is kept when the document is written.

    ``known`` are our keys; ``inside`` names those objects of ours that may hold additions of their own.
    """
    added = {key: value for key, value in document.items() if key not in known}
    for key, ours in inside.items():
        rest = {name: value for name, value in document.get(key, {}).items() if name not in ours}
        if rest:
            added[key] = rest
    return added


def _refuse_constant(name: str) -> None:
    raise ValueError(f"it holds {name}, which is not JSON")


def _finite(text: str) -> float:
    if math.isinf(number := float(text)):
        raise ValueError(f"it holds {text}, which is too large a number")
    return number


def _check_version(text: str, key: str) -> None:
    match = _VERSION.fullmatch(text)
    if match is None:
        raise ValueError(f"its API version is {text!r}")
    major, minor = int(match[1]), int(match[2])
    # PEP 629: "When encountering a major version greater than expected, clients MUST hard fail with an
    # appropriate error message for the user." A greater minor version may be read, but not written back:
    # what its new keys mean might no longer hold.
    if major != _MAJOR or minor > _MINOR:
        raise NewerDocument(key, text)
