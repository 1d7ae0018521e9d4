"""What the pages tell people to type is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_target_of_make_that_a_page_names_is_there(page: str) -> None:
    text = ROOT.joinpath(page).read_text("utf-8")
    named = set(re.findall(r"(?:`|^|\$ )make ([a-z-]+)", text, re.MULTILINE))
    targets = re.findall(r"^([a-z-]+):.*## ", ROOT.joinpath("Makefile").read_text("utf-8"), re.MULTILINE)
    assert named
    assert named <= {*targets}
