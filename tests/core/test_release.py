from __future__ import annotations

from dataclasses import replace

import pytest

from s3pypi_core.errors import UsageError
from s3pypi_core.file import File
from s3pypi_core.record import Record, Tombstone
from s3pypi_core.release import NoSuchRelease, Scope
from s3pypi_edge.keys import normalize

DEMO = normalize("demo")
WHEEL = File("demo-1.0-py3-none-any.whl", "a" * 64, 10, "2026-11-22T10:00:00.000000Z")
SDIST = File("demo-1.0.0.tar.gz", "b" * 64, 10, "2026-11-22T10:00:00.000000Z")
TOMBSTONES = {
    "demo-0.9.tar.gz": Tombstone("b" * 64, "2026-11-20T00:00:00Z"),
    "by hand": Tombstone("c" * 64, "2026-11-20T00:00:00Z"),
}
RECORD = Record(DEMO, 3, files=(WHEEL,), withheld=(SDIST,), removed=TOMBSTONES)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("demo", "demo"), ("De_mo==1.0rc1", "de-mo==1.0rc1"), ("demo == v1!2.0+x", "demo==1!2.0+x")],
)
def test_a_release_is_read_however_it_is_spelled(text: str, meant: str) -> None:
    assert str(Scope.parse(text)) == meant


@pytest.mark.parametrize(
    "text", ["", "==1.0", "demo==", "demo==1.0==2", "demo==1.*", "de mo==1.0", "demo>=1"]
)
def test_what_names_no_release_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a release"):
        Scope.parse(text)


def test_a_project_alone_is_no_release() -> None:
    with pytest.raises(UsageError, match="does not say which release"):
        Scope.release("Demo")
    assert str(Scope.release("Demo==1")) == "demo==1"


def test_a_version_covers_every_spelling_of_it() -> None:
    assert Scope.parse("demo==1").files_of(RECORD) == (WHEEL, SDIST)
    assert Scope.parse("demo==1+x").files_of(RECORD) == ()
    assert Scope.parse("demo").files_of(RECORD) == (WHEEL, SDIST)


def test_tombstones_are_covered_too() -> None:
    assert Scope.parse("demo==0.9").removed_from(RECORD) == ("demo-0.9.tar.gz",)
    assert Scope.parse("demo").removed_from(RECORD) == ("by hand", "demo-0.9.tar.gz")


def test_who_names_no_release_is_told_what_there_is() -> None:
    assert "the releases of demo: 1.0" in str(NoSuchRelease(Scope.parse("demo==2"), RECORD))
    assert "none" in str(NoSuchRelease(Scope.parse("demo==2"), Record(DEMO)))
    deleted = NoSuchRelease(Scope.parse("demo==0.9"), replace(RECORD, withheld=()))
    assert "s3twine undelete demo==0.9" in deleted.hint
