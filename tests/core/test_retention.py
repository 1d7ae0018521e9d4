from __future__ import annotations

import pytest

from s3pypi_core.file import File
from s3pypi_core.record import Record
from s3pypi_core.retention import Retention
from s3pypi_edge.keys import normalize


def record(*releases: str) -> Record:
    """A project whose releases are one month apart; ``!`` is a yank, ``?`` one with a reason."""
    marks: dict[str, bool | str] = {"!": True, "?": "broken"}
    files = [
        File(
            f"demo-{release.rstrip('!?')}.tar.gz",
            "a" * 64,
            10,
            f"2026-{month:02}-01T00:00:00Z",
            yanked=marks.get(release[-1], False),
        )
        for month, release in enumerate(releases, 1)
    ]
    return Record(normalize("demo"), 1, files=tuple(files))


def outdated(retention: Retention, *releases: str) -> list[str]:
    return [str(file.version) for file in retention.outdated(record(*releases))]


@pytest.mark.parametrize(
    ("releases", "keep", "gone"),
    [
        ("1.0 2.0 3.0", 2, "1.0"),
        ("1.0 2.0 3.0", 0, "1.0 2.0"),
        ("1.0 2.0 3.0", 5, ""),
        ("3.0 1.0 2.0", 1, "1.0 2.0"),
        ("1.0 2.0.dev1 2.0.dev2 2.0.dev3", 2, "2.0.dev1"),
        ("1.0! 2.0? 3.0 4.0!", 1, "1.0"),
        ("1.0 2.0!", 0, ""),
        ("1.0 2.0! 3.0!", 0, "2.0"),
        ("1.0! 2.0!", 0, "1.0"),
        ("1.0.dev1 1.0.dev2", 0, "1.0.dev1 1.0.dev2"),
        ("", 0, ""),
    ],
    ids=str,
)
def test_the_newest_are_kept_and_the_newest_final_release_always(releases: str, keep: int, gone: str) -> None:
    assert outdated(Retention(keep=keep), *releases.split()) == gone.split()


def test_the_old_go_by_the_time_of_their_upload() -> None:
    since = Retention(since="2026-03-01T00:00:00.000000Z")
    assert outdated(since, "5.0", "1.0", "2.0", "3.0") == ["1.0"]
    assert outdated(since, "1.0", "2.0?", "3.0", "4.0") == ["1.0"]


def test_a_release_is_as_young_as_its_youngest_file() -> None:
    old = record("1.0", "2.0")
    wheel = File("demo-1.0-py3-none-any.whl", "a" * 64, 10, "2026-09-01T00:00:00.5Z")
    both = Record(old.project, 1, files=(*old.files, wheel))
    assert Retention(since="2026-09-01T00:00:00.000000Z").outdated(both) == ()
    assert len(Retention(since="2026-10-01T00:00:00.000000Z").outdated(both)) == 2


def test_only_pre_releases_are_looked_at_if_that_is_wanted() -> None:
    releases = ("1.0", "1.1.dev1", "1.1rc1", "1.1", "1.2.dev1")
    assert outdated(Retention(keep=1, pre_releases_only=True), *releases) == ["1.1.dev1", "1.1rc1"]
    assert outdated(Retention(since="2027-01-01T00:00:00Z", pre_releases_only=True), *releases) == [
        "1.1.dev1",
        "1.1rc1",
        "1.2.dev1",
    ]


def test_withheld_releases_count_like_others() -> None:
    offered = record("1.0", "2.0")
    withheld = Record(offered.project, 1, withheld=offered.files, status="quarantined")
    assert len(Retention(keep=1).outdated(withheld)) == 1
