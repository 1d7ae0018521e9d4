"""A mapping whose values are made when they are first asked for: few of many users come to one instance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Raw = TypeVar("Raw")
Value = TypeVar("Value")


class Lazily(Mapping[str, Value]):
    """``make(key, raw[key])`` for each key, kept once made; ``make`` must not fail. For many threads."""

    def __init__(self, raw: Mapping[str, Raw], make: Callable[[str, Raw], Value]) -> None:
        self._raw = raw
        self._make = make
        self._made: dict[str, Value] = {}

    def __getitem__(self, key: str) -> Value:
        if key not in self._made:
            self._made[key] = self._make(key, self._raw[key])
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)
