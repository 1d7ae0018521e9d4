from __future__ import annotations

import pytest

from s3pypi_edge.lazy import Lazily


def test_a_value_is_made_when_it_is_first_asked_for_and_kept() -> None:
    made: list[str] = []

    def make(key: str, raw: int) -> str:
        made.append(key)
        return key * raw

    values = Lazily({"a": 1, "b": 2}, make)
    assert (list(values), len(values), made) == (["a", "b"], 2, [])
    assert values["b"] is values["b"]
    assert made == ["b"]
    assert dict(values) == {"a": "a", "b": "bb"}


def test_what_is_not_there_is_not_made() -> None:
    values = Lazily({"a": 1}, lambda key, raw: key * raw)
    assert values.get("b") is None
    assert "b" not in values
    with pytest.raises(KeyError):
        values["b"]
