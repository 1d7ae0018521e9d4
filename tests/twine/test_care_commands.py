"""The commands that look and withdraw, on the embedded server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pypi_simple import ProjectPage

from s3pypi_core.bucket import METADATA_FILE_HEADERS, RECORD_HEADERS
from s3pypi_core.care import change, open_project
from s3pypi_core.record_changes import yank
from s3pypi_core.release import Scope
from s3pypi_core.s3_bucket import S3Bucket
from s3pypi_edge.keys import metadata_key, normalize, page_key, record_key
from s3pypi_twine.__main__ import main
from tests.builders import build_sdist, build_wheel
from tests.care import Killed
from tests.proxy import proxy
from tests.repositories import PATIENT, assert_whole, body, publish, record_of
from tests.twine.cloudfront import cloudfront
from tests.twine.uploads import build_with_readme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.proxy import Request
    from tests.twine.cloudfront import Invalidations

pytestmark = pytest.mark.loopback
DEMO = normalize("demo")
COMMAND = (
    "aws cloudfront create-invalidation --distribution-id DISTRIBUTION_ID "
    "--paths '/packages/demo/*' '/simple/demo/*' '/demo/*'"
)
WHEEL, SDIST = "demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz"
WHEEL2 = "demo-2.0-py3-none-any.whl"


@pytest.fixture
def filled(repository: S3Bucket, tmp_path: Path) -> S3Bucket:
    """Two releases of demo in a bucket that keeps versions."""
    repository.client.put_bucket_versioning(
        Bucket=repository.name, VersioningConfiguration={"Status": "Enabled"}
    )
    publish(
        repository,
        build_wheel(tmp_path, requires_python=">=3.8"),
        build_sdist(tmp_path),
        build_wheel(tmp_path, version="2.0"),
        build_wheel(tmp_path, "other"),
    )
    return repository


@pytest.fixture
def caches(filled: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Invalidations]:
    """A CloudFront distribution that the configuration names."""
    assert filled.name
    with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
        config.write('distribution = "E2EXAMPLE1ABCD"\n')
    with cloudfront() as (address, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFRONT", address)
        yield asked


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    """Run a command; return what it wrote to both streams."""
    assert main(list(arguments)) == code
    out, err = capsys.readouterr()
    return out, err


def document(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    """Run a command with ``--json``; return its document."""
    told: dict[str, Any] = json.loads(said(capsys, *arguments, "--json", code=code)[0])
    return told


def test_projects_are_listed_a_line_each(filled: S3Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "list") == ("demo\nother\n", "")
    told = document(capsys, "list")
    assert told == {
        "bucket": filled.name,
        "index_url": "https://pypi.acme.com/simple/",
        "projects": ["demo", "other"],
        "errors": [],
    }


@pytest.mark.usefixtures("repository")
def test_an_empty_repository_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "list")[0] == "There is no project yet.\n"


def test_the_releases_of_a_project_are_listed_newest_first(
    filled: S3Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    index = open_project(filled, normalize("demo"))  # whoever wrote the reason, it was not our command
    change(filled, index, lambda record: yank(record, Scope.parse("demo==1.0"), "bro\x1bken"), PATIENT)
    lines = said(capsys, "list", "Demo")[0].splitlines()
    assert lines[0] == "demo: active, 2 releases"
    assert lines[1].split() == ["Version", "Files", "Size", "Uploaded", "Python", "Yanked"]
    assert [line.split()[:2] for line in lines[2:]] == [["2.0", "1"], ["1.0", "2"]]
    assert lines[3].endswith("2026-11-22  any or >=3.8  bro\N{REPLACEMENT CHARACTER}ken")
    newest, oldest = document(capsys, "list", "demo")["releases"]
    assert (newest["version"], newest["yanked"], newest["yank_reasons"]) == ("2.0", False, [])
    assert (oldest["requires_python"], oldest["yank_reasons"]) == ([">=3.8"], ["bro\x1bken"])


@pytest.mark.usefixtures("filled")
def test_a_release_is_no_project(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["list"], ["prune", "--keep", "1"], ["status"]):
        rest = ["archived"] if command == ["status"] else []
        _, err = said(capsys, command[0], *command[1:], "demo==1.0", *rest, code=2)
        assert "demo==1.0 is a release" in err


@pytest.fixture
def asked(
    filled: S3Bucket, aws: str, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., list[str]]]:
    """Run a command that ends well; return the requests that it makes, as ``GET demo/index.json``."""
    seen: list[Request] = []

    def run(*command: str) -> list[str]:
        seen.clear()
        said(capsys, *command, "--endpoint-url", endpoint)
        return [request.line.replace(f"/{filled.name}/packages/", "") for request in seen]

    with proxy(aws, seen.append) as endpoint:
        yield run


def test_looking_asks_for_one_object_whatever_the_bucket_holds(asked: Callable[..., list[str]]) -> None:
    for option in ([], ["--json"]):
        assert asked("list", *option) == ["GET index.json"]
        assert asked("list", "demo", *option) == ["GET demo/index.json"]
        assert asked("show", "demo", *option) == ["GET demo/index.json"]
        assert asked("show", "demo==1.0", *option) == ["GET demo/index.json"]


def test_each_command_is_one_change_of_the_record_and_again_it_changes_nothing(
    filled: S3Bucket, tmp_path: Path, asked: Callable[..., list[str]]
) -> None:
    publish(filled, *[build_wheel(tmp_path, version=f"3.0.dev{build}") for build in range(3)])
    change = ["PUT demo/index.json", "PUT demo/index.html"]
    for command in (
        ["yank", "demo==1.0", "--reason", "broken"],
        ["unyank", "demo==1.0"],
        ["status", "demo", "deprecated", "--reason", "old"],
        ["status", "demo", "quarantined"],
        ["status", "demo", "active"],
        ["delete", "demo==2.0", "--yes"],
        ["undelete", "demo==2.0"],
        ["prune", "demo", "--keep", "1", "--yes"],
    ):
        assert [line for line in asked(*command) if line.startswith("PUT")] == change, command
        assert {line.partition(" ")[0] for line in asked(*command)} <= {"GET", "HEAD"}, command
    # The newest of all, and the newest final release.
    assert record_of(filled, "demo").versions == ["2.0", "3.0.dev2"]
    assert_whole(filled, "demo", "other")


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
def test_a_project_is_shown_with_its_newest_release(
    tmp_path: Path, repository: S3Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(repository, build_wheel(tmp_path, version="3.0rc1"))
    lines = said(capsys, "show", "demo")[0].splitlines()
    assert lines[:2] == ["demo: active, 3 releases", "demo==2.0:"]
    assert lines[2].split() == ["File", "Size", "Uploaded", "Python", "Yanked", "SHA-256"]
    assert lines[3].split()[0] == "demo-2.0-py3-none-any.whl"
    told = document(capsys, "show", "demo==1")
    assert (told["version"], told["releases"]) == ("1", ["3.0rc1", "2.0", "1.0"])
    assert [file["filename"] for file in told["files"]] == [WHEEL, SDIST]
    assert told["files"][0]["requires_python"] == ">=3.8"
    assert (told["deleted"], told["readme"]) == ({}, None)


@pytest.mark.usefixtures("filled")
def test_what_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    for command, message in (
        (["show", "demo==9.9"], "demo has no release 9.9"),
        (["show", "demos"], "there is no project named demos"),
        (["delete", "demo==9.9", "--yes"], "demo has no release 9.9"),
        (["yank", "nowhere==1.0"], "there is no project named nowhere"),
    ):
        assert message in said(capsys, *command, code=1)[1]
        told = document(capsys, *command, code=1)
        assert told["errors"][0]["message"].startswith(message)


def test_a_readme_is_shown(repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish(
        repository, build_with_readme(tmp_path, "# Hello\n\n\x1b[31mworld\n"), build_wheel(tmp_path, "bare")
    )
    out, _ = said(capsys, "show", "demo", "--readme")
    assert out.endswith("\n\n# Hello\n\n\N{REPLACEMENT CHARACTER}[31mworld\n")
    assert "holds no README" in said(capsys, "show", "bare", "--readme", code=1)[1]
    repository.delete(metadata_key(normalize("demo"), WHEEL))
    assert "holds no README" in said(capsys, "show", "demo==1.0", "--readme", code=1)[1]
    repository.create(metadata_key(normalize("demo"), WHEEL), b"", METADATA_FILE_HEADERS)
    assert "holds no README" in said(capsys, "show", "demo==1.0", "--readme", code=1)[1]


def test_a_release_is_yanked_and_back(filled: S3Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "yank", "demo==1.0")[0] == "demo==1.0 (2 files) is yanked\n"
    out, _ = said(capsys, "yank", "demo==1.0", "--reason", "breaks <logins>")
    assert out == "demo==1.0 (2 files) is yanked: breaks <logins>\n"
    assert said(capsys, "yank", "demo==1.0") == (out, "")
    assert b'data-yanked="breaks &lt;logins&gt;"' in body(filled, page_key(DEMO))
    assert_whole(filled, "demo", "other")
    told = document(capsys, "yank", "demo==1.0")
    assert {file["yanked"] for file in told["files"]} == {"breaks <logins>"}
    assert said(capsys, "unyank", "demo==1.0")[0] == "demo==1.0 (2 files) is not yanked\n"
    assert not any(file.yanked for file in record_of(filled, "demo").files)
    assert "does not say which release" in said(capsys, "yank", "demo", code=2)[1]


def test_a_file_that_is_added_to_a_yanked_release_is_told_apart(
    filled: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "yank", "demo==2.0", "--reason", "broken")
    publish(filled, build_sdist(tmp_path, version="2.0"))
    assert "broken (1 of 2 files)" in said(capsys, "list", "demo")[0]


def test_without_a_terminal_yes_is_needed(filled: S3Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["delete", "demo==1.0"], ["delete", "demo", "--all"], ["prune", "demo", "--keep", "1"]):
        out, err = said(capsys, *command, code=2)
        assert out == ""
        assert "give --yes" in err
    assert_whole(filled, "demo", "other")


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["demo"], "does not say how much"), (["demo==1.0", "--all"], "--all means all of them")],
)
def test_how_much_is_to_go_must_be_clear(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in said(capsys, "delete", "--yes", *arguments, code=2)[1]


def test_a_release_is_deleted_and_brought_back(filled: S3Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    before = record_of(filled, "demo").files
    out, err = said(capsys, "delete", "demo==1.0", "--yes")
    assert err == ""
    assert out.splitlines() == [
        f"{WHEEL}: deleted",
        f"{SDIST}: deleted",
        "These names never come back with other contents.",
        "While the bucket keeps the files: s3twine undelete demo==1.0",
        "CloudFront may hold these files for a year. Let it drop them:",
        f"  {COMMAND}",
    ]
    assert_whole(filled, "demo", "other")
    told = document(capsys, "show", "demo")
    assert sorted(told["deleted"]) == [WHEEL, SDIST]
    assert "2 files deleted" in said(capsys, "list", "demo")[0]

    assert said(capsys, "undelete", "demo==1.0")[0] == f"{WHEEL}: back\n{SDIST}: back\n"
    assert said(capsys, "undelete", "demo==1.0")[0] == "Nothing of demo==1.0 is deleted.\n"
    assert_whole(filled, "demo", "other")
    assert record_of(filled, "demo").files == before
    assert document(capsys, "undelete", "demo==1.0")["restored"] == []


def test_a_release_without_old_records_comes_back_and_its_lost_yank_is_told(
    filled: S3Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "yank", "demo==1.0", "--reason", "broken")
    said(capsys, "delete", "demo==1.0", "--yes")
    for version in filled.versions(record_key(DEMO)):
        if not version.is_latest:
            filled.remove_version(record_key(DEMO), version.id)

    out, _ = said(capsys, "undelete", "demo==1.0")

    assert out.splitlines() == [
        f"{WHEEL}: back, as its bytes describe it",
        f"{SDIST}: back, as its bytes describe it",
        "If they were yanked, no record tells that any more: s3twine yank demo==1.0",
    ]
    assert_whole(filled, "demo", "other")
    assert not any(file.yanked for file in record_of(filled, "demo").files)
    assert document(capsys, "undelete", "demo==1.0")["rebuilt"] == []


def test_what_the_bucket_does_not_keep_does_not_come_back(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(repository, build_wheel(tmp_path))
    said(capsys, "delete", "demo==1.0", "--yes")
    out, err = said(capsys, "undelete", "demo==1.0", code=1)
    error, hint = err.splitlines()
    assert out == ""
    assert error == f"error: demo: the bucket does not keep the bytes of {WHEEL}; nothing is listed again"
    assert hint.endswith("a deleted file is gone: build it with another version")
    assert_whole(repository)


def test_all_of_a_project_is_deleted_twice(filled: S3Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    told = document(capsys, "delete", "Demo", "--all", "--yes")
    assert (told["project"], told["version"], len(told["deleted"])) == ("demo", None, 3)
    assert document(capsys, "delete", "demo", "--all", "--yes")["deleted"] == told["deleted"]
    assert_whole(filled, "other")
    assert said(capsys, "list", "demo")[0] == "demo: active, 0 releases, 3 files deleted\n"
    assert said(capsys, "show", "demo")[0] == "demo: active, 0 releases, 3 files deleted\n"


def test_after_all_of_a_project_went_each_release_comes_back_as_it_says(
    filled: S3Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    before = record_of(filled, "demo").files
    lines = said(capsys, "delete", "demo", "--all", "--yes")[0].splitlines()
    told = lines.index("While the bucket keeps the files:")
    commands = [line.strip().removeprefix("s3twine ") for line in lines[told + 1 : told + 3]]
    assert commands == ["undelete demo==1.0", "undelete demo==2.0"]
    for command in commands:
        said(capsys, *command.split())
    assert record_of(filled, "demo").files == before
    assert_whole(filled, "demo", "other")


def test_names_can_be_forgotten(filled: S3Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "delete", "demo==1.0", "--yes")
    assert "give --yes" in said(capsys, "delete", "demo==1.0", "--forget", code=2)[1]
    out, _ = said(capsys, "delete", "demo==1.0", "--forget", "--yes")
    assert "These names can be uploaded again, with any contents." in out
    assert record_of(filled, "demo").removed == {}
    assert said(capsys, "delete", "demo==1.0", "--forget")[0] == "Nothing of demo==1.0 is left to delete.\n"
    assert_whole(filled, "demo", "other")


def test_what_is_withdrawn_leaves_the_caches(
    filled: S3Bucket, caches: Invalidations, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (
        ["delete", "demo==1.0", "--yes"],
        ["prune", "demo", "--keep", "0", "--yes"],  # of what is gone already: it may not have been told
        ["status", "other", "quarantined"],
    ):
        said(capsys, *command)
    paths = ["/packages/demo/*", "/simple/demo/*", "/demo/*"]
    others = [path.replace("demo", "other") for path in paths]
    assert caches == [("E2EXAMPLE1ABCD", gone) for gone in (paths, paths, others)]
    assert_whole(filled, "demo", "other")
    told = document(capsys, "delete", "demo==1.0", "--yes")
    assert told["invalidation"]["sent"] is True


PRUNE = ("prune", "demo", "--keep", "1", "--pre-releases-only", "--yes")


def test_pruning_lets_cloudfront_drop_the_same_files_once(
    filled: S3Bucket, caches: Invalidations, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(filled, *[build_wheel(tmp_path, version=f"3.0.dev{build}") for build in (1, 2)])
    said(capsys, *PRUNE)
    assert len(caches) == 1
    for _ in range(3):
        out, _ = said(capsys, *PRUNE)
        assert out.startswith("Nothing of demo has had its time.\n")
    # The first of them could not know that the files were told; CloudFront knows that of the others.
    assert len(caches) == 2
    assert len(caches.references) == 4

    publish(filled, build_wheel(tmp_path, version="3.0.dev3"))
    for _ in range(3):
        said(capsys, *PRUNE)
    assert len(caches) == 4


@pytest.mark.parametrize("last", ["delete", "invalidation"])
def test_a_pruning_that_was_killed_is_finished_and_told_by_the_next(
    filled: S3Bucket,
    caches: Invalidations,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    last: str,
) -> None:
    publish(filled, *[build_wheel(tmp_path, version=f"3.0.dev{build}") for build in (1, 2)])

    def kill(*_: object, **__: object) -> None:
        raise Killed

    where = {"delete": "s3_bucket.S3Bucket.delete", "invalidation": "s3_invalidation.send_invalidation"}
    with monkeypatch.context() as killing:
        killing.setattr(f"s3pypi_core.{where[last]}", kill)
        with pytest.raises(Killed):
            main(list(PRUNE))
    assert caches == []

    told = document(capsys, *PRUNE)

    assert told["deleted"] == (["demo-3.0.dev1-py3-none-any.whl"] if last == "delete" else [])
    assert len(caches) == 1
    assert_whole(filled, "demo", "other")


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
        killing.setattr("s3pypi_core.s3_invalidation.send_invalidation", kill)
        with pytest.raises(Killed):
            main(command)
    assert sorted(record_of(filled, "demo").removed) == [WHEEL, SDIST]

    said(capsys, *command)

    assert len(caches) == 1
    assert record_of(filled, "demo").removed == {}
    assert_whole(filled, "demo", "other")


def bury(bucket: S3Bucket, filename: str) -> None:
    """Write a tombstone by hand, of a time long ago."""
    found = bucket.get(record_key(DEMO))
    assert found is not None
    tombstone = {"sha256": "0" * 64, "date": "2020-01-01T00:00:00Z"}
    record = {**json.loads(found.body), "_removed": {filename: tombstone}}
    bucket.replace(record_key(DEMO), json.dumps(record).encode(), RECORD_HEADERS, etag=found.etag)


def test_a_tombstone_of_any_name_is_no_obstacle(filled: S3Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    bury(filled, "index.json")
    out, _ = said(capsys, "delete", "demo", "--all", "--yes")
    assert "index.json: deleted\n" in out
    assert "  s3twine undelete demo==2.0\n" in out
    assert_whole(filled, "other")
    assert said(capsys, "list", "demo")[0] == "demo: active, 0 releases, 4 files deleted\n"


def test_what_was_pruned_more_than_a_year_ago_is_in_no_cache(
    filled: S3Bucket, caches: Invalidations, capsys: pytest.CaptureFixture[str]
) -> None:
    bury(filled, "demo-0.1.zip")
    told = document(capsys, *PRUNE)
    assert "invalidation" not in told
    assert caches.references == []


def test_pruning_asks_no_more_the_more_was_deleted_before(
    filled: S3Bucket, aws: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def requests() -> int:
        seen: list[Request] = []
        with proxy(aws, seen.append) as endpoint:
            said(capsys, *PRUNE, "--endpoint-url", endpoint)
        return len(seen)

    publish(filled, build_wheel(tmp_path, version="3.0.dev1"), build_wheel(tmp_path, version="3.0.dev2"))
    said(capsys, *PRUNE)
    few = requests()
    publish(filled, *[build_wheel(tmp_path, version=f"4.0.dev{build}") for build in range(8)])
    said(capsys, *PRUNE)
    assert len(record_of(filled, "demo").removed) == 9
    assert requests() == few


def test_caches_that_could_not_be_told_are_an_error_with_the_command(
    filled: S3Bucket,
    caches: Invalidations,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caches.known = "another"
    out, err = said(capsys, "delete", "demo==1.0", "--yes", code=1)
    assert f"{WHEEL}: deleted" in out
    assert "NoSuchDistribution: it does not exist" in err
    assert "hint: the bucket is in order; send this once it can be: aws cloudfront" in err
    assert_whole(filled, "demo", "other")
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFRONT", "http://127.0.0.1:9")
    told = document(capsys, "delete", "demo==1.0", "--yes", code=1)
    assert told["invalidation"]["sent"] is False
    assert "cannot reach http://127.0.0.1:9" in told["errors"][0]["message"]


def test_a_status_is_shown_to_installers(filled: S3Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(capsys, "status", "demo", "archived", "--reason", "use other")
    assert out == "demo: archived (use other), 2 releases\n"
    assert json.loads(body(filled, record_key(DEMO)))["project-status"] == {
        "status": "archived",
        "reason": "use other",
    }
    assert b'name="pypi:project-status" content="archived"' in body(filled, page_key(DEMO))
    told = document(capsys, "status", "demo", "active")
    assert (told["status"], told["status_reason"]) == ("active", None)
    out, _ = said(capsys, "status", "demo", "quarantined")
    assert "aws cloudfront create-invalidation" in out
    assert record_of(filled, "demo").files == ()
    assert "demo==2.0" in said(capsys, "show", "demo")[0]
    said(capsys, "status", "demo", "deprecated")
    assert len(record_of(filled, "demo").files) == 3
    assert_whole(filled, "demo", "other")


@pytest.mark.parametrize(
    ("status", "takes", "offers"),
    [("active", True, 3), ("deprecated", True, 3), ("archived", False, 3), ("quarantined", False, 0)],
)
def test_a_status_is_the_same_in_json_and_html_and_holds_for_uploads(
    filled: S3Bucket,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    status: str,
    takes: bool,  # noqa: FBT001  # as the table says
    offers: int,
) -> None:
    said(capsys, "status", "demo", status, "--reason", "see <other>")
    for page in (
        ProjectPage.from_json_data(json.loads(body(filled, record_key(DEMO)))),
        ProjectPage.from_html("demo", body(filled, page_key(DEMO))),
    ):
        assert page.status is not None
        assert (page.status.value, page.status_reason) == (status, "see <other>")
        assert len(page.packages) == offers
    wheel = build_wheel(tmp_path, version="4.0")
    _, err = said(capsys, "upload", str(wheel), code=0 if takes else 1)
    assert (f"demo is {status} and takes no uploads: see <other>" in err) is not takes
    assert (wheel.name in {file.filename for file in record_of(filled, "demo").all_files}) is takes
    assert_whole(filled, "demo", "other")


def test_old_releases_are_pruned(
    filled: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(filled, *[build_wheel(tmp_path, version=f"3.0.dev{build}") for build in range(4)])
    command = ["prune", "demo", "--keep", "2", "--pre-releases-only"]
    gone = [f"demo-3.0.dev{build}-py3-none-any.whl" for build in (0, 1)]

    out, _ = said(capsys, *command, "--dry-run")
    assert out.splitlines() == [
        *[f"{name}: would be deleted" for name in gone],
        "dry run: nothing was written",
    ]
    assert document(capsys, *command, "--yes")["deleted"] == gone
    assert record_of(filled, "demo").versions == ["1.0", "2.0", "3.0.dev2", "3.0.dev3"]
    assert said(capsys, *command)[0] == "Nothing of demo has had its time.\n"
    publish(filled, build_wheel(tmp_path, version="0.1"), time="2020-01-01T00:00:00.000000Z")
    assert document(capsys, "prune", "demo", "--older-than", "99999d", "--yes")["deleted"] == []
    told = document(capsys, "prune", "demo", "--older-than", "1000d", "--yes")
    assert "demo-0.1-py3-none-any.whl" in told["deleted"]
    assert_whole(filled, "demo", "other")


def test_a_pruning_that_ended_early_tells_cloudfront_when_it_is_run_again(
    caches: Invalidations, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "prune", "demo", "--keep", "1", "--yes")
    caches.clear()  # as if the run had ended before it
    said(capsys, "prune", "demo", "--keep", "1", "--yes")
    assert len(caches) == 1


@pytest.mark.usefixtures("filled")
def test_a_wrong_clock_of_this_machine_prunes_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(S3Bucket, "now", lambda _bucket: 0.0)
    told = document(capsys, "prune", "demo", "--older-than", "1d", "--yes")
    assert told["deleted"] == []


def test_a_yank_with_a_reason_is_not_pruned(filled: S3Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "yank", "demo==1.0", "--reason", "broken")
    assert said(capsys, "prune", "demo", "--keep", "1")[0] == "Nothing of demo has had its time.\n"
    assert len(record_of(filled, "demo").files) == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["prune", "demo"],
        ["prune", "demo", "--keep", "-1"],
        ["prune", "demo", "--older-than", "90"],
        ["prune", "demo", "--keep", "1", "--older-than", "9d"],
        ["status", "demo", "closed"],
        ["yank", "demo==1.0", "--reason", ""],
        ["yank", "demo==1.0", "--reason", "\udcff"],
        ["yank", "demo==1.0", "--reason", "\x1b[2J"],
        ["status", "demo", "archived", "--reason", "moved\nerror: gone"],
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_before_anything_is_asked(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage:")


def test_where_it_goes_is_told_to_who_wants_to_hear(
    filled: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
        config.write('regoin = "eu-central-1"\n')
    _, err = said(capsys, "list", "--verbose")
    assert "warning: 'regoin'" in err
    assert f"the repository is s3://{filled.name}" in err


@pytest.mark.parametrize("option", [[], ["--json"]], ids=["for people", "for scripts"])
def test_an_interrupted_command_says_how_it_is_finished(
    filled: S3Bucket, option: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_bucket: S3Bucket, _key: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("signal.signal", lambda _number, _action: None)  # the tests go on
    monkeypatch.setattr(type(filled), "delete", interrupt)
    out, err = said(capsys, "delete", "demo==1.0", "--yes", *option, code=130)
    assert err == "interrupted\nhint: run the same command again: it finishes what is left to do\n"
    assert [error["message"] for error in json.loads(out or "{}").get("errors", [])] == ["interrupted"] * len(
        option
    )
