"""docs/security.md names a test for each threat, and each of them is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_, TABLE = (
    (ROOT / "docs" / "security.md")
    .read_text("utf-8")
    .split("| threat | what stands against it | test |\n|---|---|---|\n")
)
LINES = [line for line in TABLE.splitlines() if line.startswith("|")]
NAMES = sorted(set(re.findall(r"`(tests/[a-z0-9_/]+\.py::test_[a-z0-9_]+)`", TABLE)))


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.split("|")[1].strip()[:50])
def test_each_threat_has_its_test(line: str) -> None:
    _, threat, defence, tests, _ = line.split("|")
    assert threat.strip()
    assert defence.strip()
    assert re.fullmatch(r" `[^`]+`(?:, `[^`]+`)* ", tests)
    assert all(name in NAMES for name in re.findall("`([^`]+)`", tests))


SUBJECTS = {
    "proof": ["rebuilt", "host", "15 minutes", "list of regions", "TLS", "redirects", "digests", "ration"],
    "session": ["forged", "another host", "24 hours", "revocation", "proof from before"],
    "signing key": ["rotation", "message", "address"],
    "upstream": ["reserved", "invisible", "file", "credentials"],
}


@pytest.mark.parametrize(
    ("subject", "threat"), [(subject, threat) for subject, threats in SUBJECTS.items() for threat in threats]
)
def test_no_threat_to_a_subject_is_left_out(subject: str, threat: str) -> None:
    said = [line.rpartition("|")[0].rpartition("|")[0] for line in LINES]
    assert [line for line in said if subject in line.lower() and threat in line]


@pytest.mark.parametrize("name", NAMES)
def test_each_test_that_is_named_is_there(name: str) -> None:
    path, function = name.split("::")
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
