"""What people are asked who sit at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import build_wheel
from tests.care import DATE, delete
from tests.repositories import assert_whole, publish, record_of
from tests.twine.typing_person import answer, at_a_terminal, interrupt

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket

pytestmark = pytest.mark.loopback


@pytest.fixture
def filled(repository: S3Bucket, tmp_path: Path) -> S3Bucket:
    """Two releases of demo."""
    publish(repository, build_wheel(tmp_path), build_wheel(tmp_path, version="2.0"))
    return repository


@pytest.mark.parametrize("typed", ["y\n", "YES\n"], ids=str.strip)
def test_who_says_yes_has_seen_what_goes(filled: S3Bucket, typed: str) -> None:
    code, said = answer(typed, "delete", "demo==1.0")
    assert code == 0, said
    assert said.index("SHA-256") < said.index("Delete 1 file of demo==1.0? [y/N]") < said.index(": deleted")
    assert_whole(filled, "demo")
    assert record_of(filled, "demo").versions == ["2.0"]


def test_who_forgets_names_has_seen_them_all(filled: S3Bucket) -> None:
    delete(filled, "demo==1.0")
    code, said = answer("n\n", "delete", "demo==1.0", "--forget")
    assert code == 1
    assert "Forget 1 name of demo==1.0, deleted before? [y/N]" in said
    code, said = answer("n\n", "delete", "demo", "--all", "--forget")
    assert code == 1
    shown, question, _ = said.partition(
        "Delete 1 file of demo, and forget 2 names, 1 of them deleted before? [y/N]"
    )
    assert question
    assert "Deleted" in shown
    assert DATE[:10] in shown
    for name in ("demo-1.0-py3-none-any.whl", "demo-2.0-py3-none-any.whl"):
        assert name in shown
    assert list(record_of(filled, "demo").removed) == ["demo-1.0-py3-none-any.whl"]

    code, said = answer("y\n", "delete", "demo==1.0", "--forget")
    assert code == 0
    code, said = answer("y\n", "delete", "demo", "--all", "--forget")
    assert "Delete 1 file of demo, and forget 1 name? [y/N]" in said
    assert code == 0
    assert_whole(filled)
    assert record_of(filled, "demo").removed == {}


@pytest.mark.parametrize("typed", ["\n", "n\n", "maybe\n"], ids=repr)
def test_any_other_answer_changes_nothing(filled: S3Bucket, typed: str) -> None:
    code, said = answer(typed, "prune", "demo", "--keep", "1")
    assert code == 1
    assert "Delete 1 file of demo? [y/N]" in said
    assert "error: nothing was changed, because the answer was not yes" in said
    assert record_of(filled, "demo").versions == ["1.0", "2.0"]


@pytest.mark.parametrize("command", [("delete", "demo==1.0"), ("prune", "demo", "--keep", "1")], ids=" ".join)
def test_ctrl_c_at_the_question_changes_nothing_and_says_so(
    filled: S3Bucket, command: tuple[str, ...]
) -> None:
    before = record_of(filled, "demo")
    code, said = interrupt(*command)
    assert code == 130
    _, _, after = said.partition("[y/N] ")
    assert after == "\ninterrupted; nothing was changed\n"
    assert record_of(filled, "demo") == before


@pytest.mark.usefixtures("filled")
def test_who_wants_no_question_is_asked_none() -> None:
    for unasked in (
        answer("y\n", "delete", "demo==1.0", "--non-interactive"),
        at_a_terminal("delete", "demo==1.0", typed="y\n", TWINE_NON_INTERACTIVE="1"),
    ):
        assert unasked[0] == 2
        assert "give --yes if it is" in unasked[1]
    code, said = answer("", "delete", "demo==1.0", "--yes")
    assert code == 0
    assert "[y/N]" not in said


@pytest.mark.usefixtures("filled")
def test_a_table_is_drawn() -> None:
    code, said = answer("", "list", "demo")
    assert code == 0
    assert "\x1b[1m" in said
    code, said = answer("", "list")
    assert said.strip() == "demo"
