"""``s3twine delete``, on the embedded server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.bucket import RECORD_HEADERS
from s3pypi_core.deletion import Deleted
from s3pypi_core.record import Record
from s3pypi_edge.keys import record_key
from s3pypi_twine.__main__ import main
from s3pypi_twine.delete_command import deleted_lines
from tests.builders import build_wheel
from tests.care import Killed
from tests.repositories import assert_whole, publish, record_of
from tests.twine.cares import COMMAND, DEMO, SDIST, WHEEL, WHEEL2, bury, document, said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket
    from tests.twine.cloudfront import Invalidations

pytestmark = pytest.mark.loopback


@pytest.mark.parametrize("forget", [[], ["--forget"]], ids=["tombstones", "forgotten"])
def test_a_deletion_goes_from_the_record_to_the_objects_and_the_root_comes_last(
    asked: Callable[..., list[str]], forget: list[str]
) -> None:
    lines = asked("delete", "demo", "--all", "--yes", *forget)
    writes = [line for line in lines if not line.startswith(("GET", "HEAD"))]
    record, root = ["PUT demo/index.json", "PUT demo/index.html"], ["PUT index.json", "PUT index.html"]
    assert writes[:2] == record
    objects = [f"DELETE demo/{name}{end}" for name in (WHEEL, SDIST, WHEEL2) for end in (".metadata", "")]
    assert sorted(writes[2:8]) == sorted(objects)
    for distribution in objects[1::2]:
        assert writes.index(f"{distribution}.metadata") < writes.index(distribution)
    assert writes[8:] == [*root, *(record if forget else [])]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["demo"], "does not say how much"), (["demo==1.0", "--all"], "--all means all of them")],
)
def test_how_much_is_to_go_must_be_clear(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in said(capsys, "delete", "--yes", *arguments, code=2)[1]


def test_all_of_a_project_is_deleted_twice(filled: S3Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    told = document(capsys, "delete", "Demo", "--all", "--yes")
    assert (told["project"], told["version"], len(told["deleted"])) == ("demo", None, 3)
    again = document(capsys, "delete", "demo", "--all", "--yes")
    assert again["deleted"] == []
    assert again["invalidation"] == told["invalidation"]
    assert_whole(filled, "other")
    assert said(capsys, "list", "demo")[0] == "demo: active, 0 releases, 3 files deleted\n"
    assert said(capsys, "show", "demo")[0] == "demo: active, 0 releases, 3 files deleted\n"


def test_names_can_be_forgotten(filled: S3Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "delete", "demo==1.0", "--yes")
    assert "give --yes" in said(capsys, "delete", "demo==1.0", "--forget", code=2)[1]
    out, _ = said(capsys, "delete", "demo==1.0", "--forget", "--yes")
    assert out.splitlines() == [
        f"{WHEEL}: forgotten",
        f"{SDIST}: forgotten",
        "These names can be uploaded again, with any contents.",
        "CloudFront may hold these files for a year. Let it drop them:",
        f"  {COMMAND}",
    ]
    assert record_of(filled, "demo").removed == {}
    assert said(capsys, "delete", "demo==1.0", "--forget")[0] == "Nothing of demo==1.0 is left to delete.\n"
    assert_whole(filled, "demo", "other")


def test_what_is_deleted_and_what_is_forgotten_are_told_apart(
    filled: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "delete", "demo==1.0", "--yes")
    told = document(capsys, "delete", "demo", "--all", "--forget", "--yes")
    assert (told["deleted"], told["forgotten"]) == ([WHEEL2], [WHEEL2, WHEEL, SDIST])
    assert told["invalidation"]["sent"] is False
    told = document(capsys, "delete", "demo", "--all", "--forget", "--yes")
    assert (told["deleted"], told["forgotten"]) == ([], [])

    publish(filled, build_wheel(tmp_path))
    said(capsys, "upload", str(build_wheel(tmp_path, version="2.0")))
    said(capsys, "delete", "demo==1.0", "--yes")
    lines = said(capsys, "delete", "demo", "--all", "--forget", "--yes")[0].splitlines()
    assert lines[:3] == [f"{WHEEL2}: deleted", f"{WHEEL2}: forgotten", f"{WHEEL}: forgotten"]
    assert document(capsys, "delete", "other", "--all", "--yes")["forgotten"] == []


def test_a_forgetting_that_was_killed_before_cloudfront_was_told_has_forgotten_nothing(
    filled: S3Bucket,
    caches: Invalidations,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def kill(*_: object, **__: object) -> None:
        raise Killed

    command = ["delete", "demo==1.0", "--forget", "--yes"]
    with monkeypatch.context() as killing:
        killing.setattr("s3pypi_core.aws.s3_invalidation.send_invalidation", kill)
        with pytest.raises(Killed):
            main(command)
    assert sorted(record_of(filled, "demo").removed) == [WHEEL, SDIST]

    said(capsys, *command)

    assert len(caches) == 1
    assert record_of(filled, "demo").removed == {}
    assert_whole(filled, "demo", "other")


def test_only_what_goes_now_is_called_deleted_and_the_way_back_is_told_of_all(
    filled: S3Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "delete", "demo==1.0", "--yes")
    lines = said(capsys, "delete", "demo==1.0", "--yes")[0].splitlines()
    assert lines[:2] == [
        "Nothing of demo==1.0 is left to delete.",
        "While the bucket keeps the files: s3twine undelete demo==1.0",
    ]
    assert lines[-1] == f"  {COMMAND}"
    lines = said(capsys, "delete", "demo", "--all", "--yes")[0].splitlines()
    assert lines[:5] == [
        f"{WHEEL2}: deleted",
        "These names never come back with other contents.",
        "While the bucket keeps the files:",
        "  s3twine undelete demo==1.0",
        "  s3twine undelete demo==2.0",
    ]
    assert_whole(filled, "other")


@pytest.mark.parametrize("deleted_first", [False, True], ids=["listed", "deleted before"])
def test_no_name_is_forgotten_while_cloudfront_refuses_and_the_same_command_tells_it(
    filled: S3Bucket, caches: Invalidations, capsys: pytest.CaptureFixture[str], *, deleted_first: bool
) -> None:
    if deleted_first:
        said(capsys, "delete", "demo==1.0", "--yes")
        caches.clear()
    distribution, caches.known = caches.known, "another"
    out, err = said(capsys, "delete", "demo==1.0", "--forget", "--yes", code=1)
    assert out.splitlines() == ([] if deleted_first else [f"{WHEEL}: deleted", f"{SDIST}: deleted"])
    assert err.startswith(
        "error: no name was forgotten: CloudFront may go on serving what it holds of demo: "
    )
    assert "NoSuchDistribution" in err
    assert "hint: run the same command again once CloudFront can be told" in err
    told = document(capsys, "delete", "demo==1.0", "--forget", "--yes", code=1)
    assert (told["deleted"], told["forgotten"], told["invalidation"]["sent"]) == ([], [], False)
    assert "no name was forgotten" in told["errors"][0]["message"]
    assert sorted(record_of(filled, "demo").removed) == [WHEEL, SDIST]
    assert caches == []

    caches.known = distribution
    told = document(capsys, "delete", "demo==1.0", "--forget", "--yes")

    assert (told["deleted"], told["forgotten"]) == ([], [WHEEL, SDIST])
    assert len(caches) == 1
    assert record_of(filled, "demo").removed == {}
    assert_whole(filled, "demo", "other")


def test_a_tombstone_of_any_name_is_no_obstacle(filled: S3Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    bury(filled, "index.json")
    out, _ = said(capsys, "delete", "demo", "--all", "--yes")
    assert "index.json: deleted\n" in out
    assert "  s3twine undelete demo==2.0\n" in out
    assert_whole(filled, "other")
    assert said(capsys, "list", "demo")[0] == "demo: active, 0 releases, 4 files deleted\n"


def test_words_of_others_do_not_look_like_lines_of_ours(
    filled: S3Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = "all in order"
    bury(filled, f"demo\n{forged}\n-1.0.tar.gz")
    key = record_key(DEMO)
    found = filled.get(key)
    assert found is not None
    record = json.loads(found.body)
    record["project-status"] = {"status": "deprecated", "reason": f"old\n{forged}\n"}
    record["files"] = [{**file, "yanked": f"bad\n{forged}\n"} for file in record["files"]]
    filled.replace(key, json.dumps(record).encode(), RECORD_HEADERS, etag=found.etag)
    heard = [
        *said(capsys, "list", "demo"),
        *said(capsys, "show", "demo"),
        *said(capsys, "yank", "demo==1.0"),
        *said(capsys, "undelete", "demo==1.0", code=1),
        *said(capsys, "delete", "demo==1.0", "--yes"),
        *said(capsys, "delete", "demo==1.0", "--yes", "--forget"),
    ]
    assert sum(forged in text for text in heard) == 5
    told = deleted_lines(Deleted(Record(DEMO), [f"a\n{forged}\n"], [f"b\n{forged}\n"]))
    assert forged not in "\n".join([*heard, *told]).splitlines()
