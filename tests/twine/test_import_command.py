from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.credentials import SimpleCredential
from keyring.errors import KeyringLocked

from s3pypi_core.aws.s3_bucket import S3Bucket
from s3pypi_core.bucket import BucketError, Headers
from s3pypi_core.move_in.moving import Row
from s3pypi_core.repository import create_repository
from s3pypi_twine.__main__ import main, parser
from s3pypi_twine.import_progress import watched
from s3pypi_twine.import_report import Moved
from tests.builders import build_sdist, build_wheel
from tests.indexes import ABSENT, HTML, JSON, Answer, free_port, index_of, installed, serving
from tests.journey.environments import Environment, make_environment
from tests.repositories import assert_whole, file_names, publish, record_of, unheard
from tests.twine.cloudfront import cloudfront
from tests.twine.uploads import screen, written
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGE = Path(__file__).parents[2].joinpath("docs", "migrating.md").read_text()
WHEEL = "demo-1.0-py3-none-any.whl"
RELEASES = ("demo==1.0", "demo==2.0", "other==1.0")


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """Three releases of two projects."""
    folder = tmp_path / "dist"
    build_wheel(folder)
    build_sdist(folder, version="2.0")
    build_wheel(folder, "other", files={"data": os.urandom(2_000_000)})
    return folder


def test_before_anything_is_read_an_unclear_source_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = ["--repository-url", "s3://acme-pypi"]
    for source in (
        str(tmp_path / "none"),
        "https://user:secret@[::1]/simple/",
        "http://u:secret@acme.com/",
        "http://secret@acme.com/",
        "https://u:a/secret@acme.com/simple/",
        "u:secret@acme.com/simple/",
        "https://[/simple/",
        "https://u:secret@[/simple/",
        "https://u:secret@acme.com]/simple/",
    ):
        assert main(["import", source, *target]) == 2
        assert "secret" not in capsys.readouterr().err


@pytest.mark.parametrize("how", ["option", "environment"])
def test_who_is_not_interactive_is_asked_nothing_about_the_source_either(
    profile_with_mfa: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    if how == "environment":
        monkeypatch.setenv("TWINE_NON_INTERACTIVE", "1")
    option = ["--non-interactive"] * (how == "option")
    source = ["s3://old-pypi", "--source-profile", profile_with_mfa, "--source-region", "eu-central-1"]
    target = ["--repository-url", "s3://acme-pypi", "--region", "eu-central-1"]

    assert main(["import", *option, *source, *target]) == 1
    assert "asks for an MFA code" in capsys.readouterr().err


@pytest.mark.parametrize("jobs", ["0", "many", "65"])
def test_a_number_of_jobs_that_is_none_is_refused(jobs: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["import", "dist", "--jobs", jobs])
    assert "from 1 to 64" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("source", "module", "kind"),
    [
        ("https://pypi.acme.com/simple/", "index_source", "an index"),
        ("s3://old-bucket", "s3pypi_source", "a bucket of s3pypi"),
    ],
    ids=["index", "bucket"],
)
def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], source: str, module: str, kind: str
) -> None:
    monkeypatch.setitem(sys.modules, f"s3pypi_core.move_in.{module}", None)
    assert main(["import", source, "--repository-url", "s3://acme-pypi", "--json"]) == 1
    out, err = capsys.readouterr()
    assert f"error: reading {kind} needs the extra `import`\nhint: pip install 's3twine[import]'" in err
    assert json.loads(out)["files"] == []


@pytest.mark.loopback
def test_a_folder_moves_in_and_the_report_says_so(
    repository: S3Bucket, dist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size = (dist / WHEEL).stat().st_size
    assert main(["import", str(dist), "demo", "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"demo: {WHEEL} ({size} bytes): would be taken",
        f"demo: demo-2.0.tar.gz ({(dist / 'demo-2.0.tar.gz').stat().st_size} bytes): would be taken",
        "2 taken, 0 already there, 0 refused, 0 failed; dry run: nothing was written",
    ]
    assert main(["import", str(dist), "--verbose"]) == 0
    out, err = capsys.readouterr()
    assert out.endswith("3 taken, 0 already there, 0 refused, 0 failed\n")
    assert f"demo {WHEEL}: taken\n" in err
    assert main(["import", str(dist)]) == 0
    assert capsys.readouterr().out == "0 taken, 3 already there, 0 refused, 0 failed\n"
    assert_whole(repository, "demo", "other")


def test_settings_that_mean_nothing_are_warned_of(
    dist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[repositories.acme]\nurl = 'https://pypi.acme.com/'\nbucket = 'acme-pypi'\nmore = 1\n")
    monkeypatch.setenv("S3PYPI_CONFIG", str(config))
    main(["import", str(dist), "--endpoint-url", "nowhere"])
    assert "warning: " in capsys.readouterr().err


@pytest.mark.loopback
def test_what_is_refused_ends_with_1_and_stands_in_the_document(
    repository: S3Bucket, dist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (dist / "demo-0.9.egg").write_bytes(b"")
    assert main(["import", str(dist), "none", "demo", "--json", "--jobs", "2"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["bucket"], document["dry_run"]) == (repository.name, False)
    said = {(row["project"], row["filename"]): row["result"] for row in document["files"]}
    assert said[("none", "")] == "failed"
    assert said[("demo", "demo-0.9.egg")] == "refused"
    assert said[("demo", WHEEL)] == "taken"
    assert main(["import", str(dist), "demo"]) == 1
    assert "demo: demo-0.9.egg: refused: it is neither" in capsys.readouterr().out


@pytest.mark.loopback
def test_another_repository_of_ours_moves_in_with_all_that_it_tells(
    repository: S3Bucket, tmp_path: Path, aws: str
) -> None:
    old = S3Bucket.open(f"{repository.name}-old", endpoint_url=aws)
    old.make()
    create_repository(old)
    publish(
        old,
        build_wheel(tmp_path, requires_python=">=3.8"),
        build_sdist(tmp_path),
        time="2024-02-03T04:05:06Z",
    )
    with index_of(old) as url:
        assert main(["import", url]) == 0
    was, is_now = record_of(old, "demo").files, record_of(repository, "demo").files
    assert [file.upload_time for file in is_now] == ["2024-02-03T04:05:06.000000Z"] * 2
    assert [(f.filename, f.sha256, f.requires_python, f.core_metadata) for f in is_now] == [
        (f.filename, f.sha256, f.requires_python, f.core_metadata) for f in was
    ]
    assert_whole(repository, "demo")


@pytest.mark.loopback
def test_what_the_index_yanks_later_is_withdrawn_here_too(
    repository: S3Bucket, tmp_path: Path, aws: str, capsys: pytest.CaptureFixture[str]
) -> None:
    old = S3Bucket.open(f"{repository.name}-old", endpoint_url=aws)
    old.make()
    create_repository(old)
    publish(old, build_wheel(tmp_path), build_sdist(tmp_path, version="2.0"))
    there = ["--repository-url", f"s3://{old.name}", "--endpoint-url", aws]
    said = []
    with index_of(old) as url:
        assert main(["import", url]) == 0
        assert main(["yank", "demo==1.0", "--reason", "loses data", *there]) == 0
        capsys.readouterr()
        for command in (["--dry-run"], [], [], ["--json"]):
            assert main(["import", url, *command]) == 0
            said.append(capsys.readouterr().out)
        with index_of(repository) as here:
            assert list(installed(here, "demo")) == ["demo==2.0"]
    counted = "0 taken, 2 already there, 0 refused, 0 failed"
    assert said[0] == (
        f"demo: yank of {WHEEL}: would be taken: loses data\n{counted}; dry run: nothing was written\n"
    )
    assert said[1] == f"demo: yank of {WHEEL}: taken: loses data\n{counted}\n"
    assert said[2] == f"{counted}\n"
    assert [row["yanked"] for row in json.loads(said[3])["files"]] == [False, False]
    assert [file.yanked for file in record_of(repository, "demo").files] == ["loses data", False]
    assert_whole(repository, "demo")
    assert said[1].splitlines()[0] in PAGE


@pytest.mark.loopback
@pytest.mark.parametrize("names", [[], ["nasty", "Nasty", "nasty", "NASTY"]], ids=["listed", "named"])
def test_a_project_is_read_once_however_it_is_spelled(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str], names: list[str]
) -> None:
    wheel, asked = build_wheel(tmp_path, "nasty"), Counter[str]()
    pages = {
        "/simple/": Answer(b'<a href="nasty/">nasty</a><a href="Nasty/">Nasty</a>', HTML),
        "/simple/nasty/": Answer(f'<a href="/{wheel.name}">{wheel.name}</a>'.encode(), HTML),
        f"/{wheel.name}": Answer(wheel.read_bytes()),
    }

    def answer(path: str, _authorization: str | None) -> Answer:
        asked[path] += 1
        return pages.get(path, ABSENT)

    with serving(answer) as host:
        assert main(["import", f"{host}/simple/", *names]) == 0
    assert capsys.readouterr().out.endswith("\n1 taken, 0 already there, 0 refused, 0 failed\n")
    assert (asked["/simple/nasty/"], asked[f"/{wheel.name}"]) == (1, 1)
    assert_whole(repository, "nasty")


@pytest.mark.loopback
@pytest.mark.parametrize("names", [[], ["demo", "Demo"]], ids=["listed", "named"])
def test_two_folders_of_a_bucket_are_two_whatever_they_are_called(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str], names: list[str]
) -> None:
    odd = Headers("application/x-gzip", "public")
    wheel, other = build_wheel(tmp_path), build_wheel(tmp_path, version="2.0")
    repository.create(f"demo/{wheel.name}", wheel.read_bytes(), odd)
    repository.create(f"Demo/{other.name}", other.read_bytes(), odd)
    assert main(["import", f"s3://{repository.name}", *names]) == 0
    assert capsys.readouterr().out.endswith("\n2 taken, 0 already there, 0 refused, 0 failed\n")
    assert_whole(repository, "demo")
    assert (
        main(["import", f"s3://{repository.name}", "Demo", "DEMO", "dEMO", "none", "None", "a b", "a b"]) == 1
    )
    out = capsys.readouterr().out
    # DEMO has no folder, so that of pip's name stands for it; dEMO is the same.
    assert out.endswith("\n0 taken, 2 already there, 0 refused, 2 failed\n")


def index_in_json(wheel: Path, **told: object) -> bytes:
    """A page of an index that tells much."""
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    file = {"filename": wheel.name, "url": f"../../files/{wheel.name}", "hashes": {"sha256": sha256}, **told}
    return json.dumps(
        {
            "meta": {"api-version": "1.4"},
            "name": "demo",
            "files": [file],
            "project-status": {"status": "deprecated", "reason": "see other"},
        }
    ).encode()


@pytest.mark.loopback
def test_an_index_in_json_tells_time_yank_and_status(repository: S3Bucket, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path)
    told = {
        "upload-time": "2023-05-06T07:08:09.123456Z",
        "yanked": "broken",
        "size": wheel.stat().st_size,
        "requires-python": ">=3.7",
    }
    pages = {
        "/simple/": Answer(b'{"meta":{"api-version":"1.0"},"projects":[{"name":"Demo"}]}', JSON),
        "/simple/demo/": Answer(index_in_json(wheel, **told), JSON),
        f"/files/{WHEEL}": Answer(wheel.read_bytes()),
    }
    with serving(lambda path, _: pages.get(path, ABSENT)) as host:
        assert main(["import", f"{host}/simple"]) == 0
    record = record_of(repository, "demo")
    (file,) = record.files
    assert (record.status, record.status_reason) == ("deprecated", "see other")
    assert (file.upload_time, file.yanked, file.requires_python) == (
        "2023-05-06T07:08:09.123456Z",
        "broken",
        ">=3.7",
    )


@pytest.mark.loopback
def test_an_index_in_html_tells_yanks_and_hashes(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel, other = build_wheel(tmp_path), build_wheel(tmp_path, version="2.0")
    md5 = hashlib.md5(wheel.read_bytes(), usedforsecurity=False).hexdigest()
    page = (
        f'<a href="/files/{wheel.name}#md5={md5}" data-yanked="">{wheel.name}</a>'
        f'<a href="/files/{other.name}#sha256={"0" * 64}">{other.name}</a>'
        '<a href="/files/gone-1.0.zip">demo-3.0.zip</a>'
    )
    pages = {
        "/simple/demo/": Answer(page.encode(), HTML),
        f"/files/{wheel.name}": Answer(wheel.read_bytes()),
        f"/files/{other.name}": Answer(other.read_bytes()),
    }
    with serving(lambda path, _: pages.get(path, ABSENT)) as host:
        assert main(["import", f"{host}/simple/"]) == 1
        assert "name the projects to take" in capsys.readouterr().err
        assert main(["import", f"{host}/simple/", "demo", "none"]) == 1
    out = capsys.readouterr().out
    assert "demo-3.0.zip: failed: " in out
    assert "demo-2.0-py3-none-any.whl: refused: its sha256 is" in out
    assert "none: failed: " in out
    (file,) = record_of(repository, "demo").files
    assert (file.filename, file.yanked) == (WHEEL, True)


@pytest.mark.loopback
def test_an_index_in_html_tells_reason_python_and_status(repository: S3Bucket, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path)
    page = (
        '<html><head><meta name="pypi:repository-version" content="1.4">'
        '<meta name="pypi:project-status" content="deprecated">'
        '<meta name="pypi:project-status-reason" content="see &lt;other&gt;"></head><body>'
        f'<a href="/files/{wheel.name}" data-yanked="a &lt;bug&gt;" data-requires-python="&gt;=3.7">'
        f"{wheel.name}</a></body></html>"
    )
    pages = {
        "/simple/demo/": Answer(page.encode(), HTML),
        f"/files/{wheel.name}": Answer(wheel.read_bytes()),
    }
    with serving(lambda path, _: pages.get(path, ABSENT)) as host:
        assert main(["import", f"{host}/simple/", "demo"]) == 0
    record = record_of(repository, "demo")
    (file,) = record.files
    assert (record.status, record.status_reason) == ("deprecated", "see <other>")
    assert (file.yanked, file.requires_python) == ("a <bug>", ">=3.7")
    assert_whole(repository, "demo")


@pytest.mark.slow
@pytest.mark.loopback
@pytest.mark.parametrize("kind", ["folder", "index", "bucket"])
def test_no_file_is_in_memory_as_a_whole(repository: S3Bucket, tmp_path: Path, aws: str, kind: str) -> None:
    wheel = build_wheel(tmp_path / "dist", files={"large": os.urandom(48 * 1024 * 1024)})
    old = S3Bucket.open(f"{repository.name}-old", endpoint_url=aws)
    old.make()
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    headers = Headers("application/x-gzip", "")
    old.create_file(f"demo/{WHEEL}", wheel, headers, sha256=sha256, sent=unheard)
    with contextlib.ExitStack() as stack:
        source = {"folder": str(wheel.parent), "bucket": f"s3://{old.name}"}.get(kind)
        if source is None:
            source = f"{stack.enter_context(served_by_another_process(wheel.parent))}/simple/"
        tracemalloc.start()
        try:
            assert main(["import", source, "demo"]) == 0
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert_whole(repository, "demo")
    assert peak < wheel.stat().st_size  # what botocore knows of AWS takes most of it


@contextlib.contextmanager
def served_by_another_process(dist: Path) -> Iterator[str]:
    """An index of the folder, whose memory is not ours."""
    pages = dist.parent / "pages" / "simple" / "demo"
    pages.mkdir(parents=True)
    (wheel,) = dist.iterdir()
    (pages / wheel.name).symlink_to(wheel)
    (pages / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "http.server",
        "--bind",
        "127.0.0.1",
        "--directory",
        str(pages.parents[1]),
    ]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([*command, str(port)], **silent) as process:  # type: ignore[call-overload]
        try:
            until(lambda: _answers(port))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


BAD_INDEXES = {
    "denied": (Answer(b"", HTML, 401), "answers 401"),
    "broken": (Answer(b"", HTML, 500), "answers 500"),
    "other type": (Answer(b"PK", "application/zip"), "no index that can be read"),
    "later version": (Answer(b'{"meta":{"api-version":"9.0"},"projects":[]}', JSON), "no index"),
}


@pytest.mark.loopback
@pytest.mark.parametrize(("answer", "words"), BAD_INDEXES.values(), ids=BAD_INDEXES)
def test_what_is_no_index_is_an_error_with_a_sentence(
    repository: S3Bucket, capsys: pytest.CaptureFixture[str], answer: Answer, words: str
) -> None:
    with serving(lambda _path, _authorization: answer) as host:
        assert main(["import", f"{host}/simple/"]) == 1
    assert words in capsys.readouterr().err
    assert repository.get("packages/demo/index.json") is None


@pytest.mark.loopback
def test_an_index_that_does_not_answer_is_an_error(
    repository: S3Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    assert main(["import", f"http://127.0.0.1:{port}/simple/", "demo"]) == 1
    assert "cannot read http://127.0.0.1" in capsys.readouterr().out
    assert repository.get("packages/demo/index.json") is None


def quarantined(wheel: Path) -> dict[str, Answer]:
    """An index whose one project is quarantined."""
    page = json.loads(index_in_json(wheel))
    page["project-status"] = {"status": "quarantined", "reason": "malware"}
    return {
        "/simple/demo/": Answer(json.dumps(page).encode(), JSON),
        f"/files/{WHEEL}": Answer(wheel.read_bytes()),
    }


@pytest.mark.loopback
def test_what_is_quarantined_leaves_the_caches(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = quarantined(build_wheel(tmp_path))
    with serving(lambda path, _: pages.get(path, ABSENT)) as host:
        assert main(["import", f"{host}/simple", "demo", "--dry-run"]) == 0
        assert "demo: status quarantined: would be taken: malware\n" in capsys.readouterr().out
        assert main(["import", f"{host}/simple", "demo"]) == 0
        said = capsys.readouterr().out
        assert main(["import", f"{host}/simple", "demo", "--json"]) == 0
    assert "demo: status quarantined: taken: malware\n1 taken, 0 already there, 0 refused, 0 failed\n" in said
    assert "  aws cloudfront create-invalidation --distribution-id DISTRIBUTION_ID" in said
    assert [file.filename for file in record_of(repository, "demo").withheld] == [WHEEL]
    again = json.loads(capsys.readouterr().out)
    assert [(row["status"], row["result"]) for row in again["files"]] == [
        ("", "already there"),
        ("quarantined", "already there"),
    ]
    assert again["invalidations"] == []


@pytest.mark.loopback
def test_cloudfront_is_told_also_where_the_record_cannot_be_read_again(
    repository: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise BucketError("no route")

    config = Path(os.environ["S3PYPI_CONFIG"])
    config.write_text(f'{config.read_text()}distribution = "E2EXAMPLE1ABCD"\n')
    monkeypatch.setattr("s3pypi_twine.import_command.open_project", fail)
    pages = quarantined(build_wheel(tmp_path))
    with serving(lambda path, _: pages.get(path, ABSENT)) as host, cloudfront() as (address, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFRONT", address)
        assert main(["import", f"{host}/simple", "demo"]) == 0
    assert len(asked) == 1
    assert record_of(repository, "demo").status == "quarantined"


@pytest.mark.loopback
@pytest.mark.parametrize("known", [True, False], ids=["a distribution", "one that there is not"])
def test_cloudfront_is_told_of_what_is_quarantined(
    repository: S3Bucket,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    known: bool,
) -> None:
    config = Path(os.environ["S3PYPI_CONFIG"])
    config.write_text(f'{config.read_text()}distribution = "E2EXAMPLE1ABCD"\n')
    pages = quarantined(build_wheel(tmp_path))
    with serving(lambda path, _: pages.get(path, ABSENT)) as host, cloudfront() as (address, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFRONT", address)
        asked.known = asked.known if known else "E2ANOTHERONE"
        assert main(["import", f"{host}/simple", "demo", "--json"]) == (0 if known else 1)
    assert {distribution for distribution, _paths in asked} <= {"E2EXAMPLE1ABCD"}
    document = json.loads(capsys.readouterr().out)
    (invalidation,) = document["invalidations"]
    assert (invalidation["project"], invalidation["sent"]) == ("demo", known)
    assert len(document["errors"]) == (0 if known else 1)
    assert record_of(repository, "demo").status == "quarantined"


@pytest.mark.loopback
def test_cloudfront_is_told_by_the_next_run_what_it_refused(
    repository: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Path(os.environ["S3PYPI_CONFIG"])
    config.write_text(f'{config.read_text()}distribution = "E2EXAMPLE1ABCD"\n')
    pages = quarantined(build_wheel(tmp_path))
    with serving(lambda path, _: pages.get(path, ABSENT)) as host, cloudfront() as (address, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFRONT", address)
        known, asked.known = asked.known, "E2ANOTHERONE"
        command = ["import", f"{host}/simple", "demo"]
        assert main(command) == 1
        asked.known = known
        assert [main(command), main(command)] == [0, 0]
    assert (len(asked), len(asked.references)) == (1, 2)
    assert record_of(repository, "demo").status == "quarantined"


@pytest.mark.loopback
@pytest.mark.parametrize("arguments", [[], ["--json"]], ids=["lines", "JSON"])
def test_what_was_taken_is_told_even_if_something_ends_it(
    repository: S3Bucket, dist: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    def listing(path: str, _authorization: str | None) -> Answer:
        if path == "/simple/":
            return Answer(b'<a href="demo/">demo</a><a href="other/">other</a>', HTML)
        if path == "/simple/other/":
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.5)
        page = f'<a href="/{WHEEL}">{WHEEL}</a>'.encode()
        return {"/simple/demo/": Answer(page, HTML), f"/{WHEEL}": Answer((dist / WHEEL).read_bytes())}.get(
            path, ABSENT
        )

    with serving(listing) as host:
        assert main(["import", f"{host}/simple/", "--jobs", "1", *arguments]) == 130
    out = capsys.readouterr().out
    if arguments:
        document = json.loads(out)
        assert [row["filename"] for row in document["files"] if row["result"] == "taken"] == [WHEEL]
        assert document["errors"][0]["message"] == "interrupted: 1 files were taken"
    else:
        assert f"demo: {WHEEL} ({(dist / WHEEL).stat().st_size} bytes): taken\n" in out
    assert_whole(repository, "demo")


def guarded(wheel: Path, other_host: str) -> Callable[[str, str | None], Answer]:
    """An index that lets alice in only, and whose files lie on another host."""
    page = f'<a href="{other_host}/{wheel.name}">{wheel.name}</a>'.encode()
    expected = "Basic " + base64.b64encode(b"alice:secret").decode()

    def answer(path: str, authorization: str | None) -> Answer:
        if authorization != expected:
            return Answer(b"", HTML, 401)
        return Answer(page if path == "/simple/demo/" else b'<a href="demo/">demo</a>', HTML)

    return answer


@pytest.mark.loopback
@pytest.mark.parametrize("where", ["address", "keyring", "keyring of the host"])
def test_credentials_go_to_the_index_and_to_no_other_host(
    repository: S3Bucket,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    where: str,
) -> None:
    wheel, seen = build_wheel(tmp_path), list[str | None]()

    def files(_path: str, authorization: str | None) -> Answer:
        seen.append(authorization)
        return Answer(wheel.read_bytes())

    with serving(files) as elsewhere, serving(guarded(wheel, elsewhere)) as host:
        url = f"{host}/simple/"
        known = {"keyring": url, "keyring of the host": host.removeprefix("http://")}.get(where)

        def get_credential(service: str, _user: str | None) -> SimpleCredential | None:
            return SimpleCredential("alice", "secret") if service == known else None

        monkeypatch.setattr(keyring, "get_credential", lambda _service, _user: None)
        assert main(["import", url]) == 1
        assert "answers 401" in capsys.readouterr().err
        monkeypatch.setattr(keyring, "get_credential", get_credential)
        source = url.replace("//", "//alice:secret@") if where == "address" else url
        assert main(["import", source, "--verbose"]) == 0

    assert seen == [None]
    assert "secret" not in "".join(capsys.readouterr())
    assert_whole(repository, "demo")


TOKENS = {
    "a user": ("TOKEN@", "TOKEN:"),
    "a user without a password": ("TOKEN:@", "TOKEN:"),
    "a password alone": (":TOKEN@", ":TOKEN"),
    "a quoted one": ("to%40ken@", "to@ken:"),
    "an empty user": ("@", None),
}


@pytest.mark.loopback
@pytest.mark.parametrize(("userinfo", "sent"), TOKENS.values(), ids=TOKENS)
def test_a_token_in_the_address_is_sent(
    repository: S3Bucket, monkeypatch: pytest.MonkeyPatch, userinfo: str, sent: str | None
) -> None:
    seen = list[str | None]()

    def index(_path: str, authorization: str | None) -> Answer:
        seen.append(authorization)
        return Answer(b"", HTML)

    monkeypatch.setattr(keyring, "get_credential", lambda _service, _user: None)
    with serving(index) as host:
        assert main(["import", f"{host.replace('//', f'//{userinfo}')}/simple/"]) == 0
    assert seen == [sent and f"Basic {base64.b64encode(sent.encode()).decode()}"]
    assert repository.get("packages/demo/index.json") is None


def test_a_keyring_that_is_locked_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def get_credential(_service: str, _user: str | None) -> None:
        raise KeyringLocked("locked")

    monkeypatch.setattr(keyring, "get_credential", get_credential)
    assert main(["import", "https://pypi.acme.com/simple/", "--repository-url", "s3://acme-pypi"]) == 1
    assert "the keyring cannot be read: locked" in capsys.readouterr().err


@pytest.mark.loopback
@pytest.mark.parametrize("prefix", ["", "old/"], ids=["the bucket itself", "a prefix of it"])
def test_a_bucket_with_index_html_keys_moves_in_even_from_the_same_bucket(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str], prefix: str
) -> None:
    wheel = build_wheel(tmp_path)
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    odd = Headers("application/x-gzip", "public")
    page = f'<a href="{WHEEL}#sha256={sha256}">{WHEEL}</a><br>\n<a href="gone-1.0.zip">gone-1.0.zip</a>'
    repository.create(f"{prefix}demo/index.html", page.encode(), odd)
    repository.create(f"{prefix}demo/{WHEEL}", wheel.read_bytes(), odd)
    repository.create(f"{prefix}demo/lost-1.0.zip", b"", odd)
    other = build_wheel(tmp_path, "unlisted")
    repository.create(f"{prefix}unlisted/{other.name}", other.read_bytes(), odd)
    repository.create(f"{prefix}index.html", b"", odd)

    assert main(["import", f"s3://{repository.name}/{prefix}"]) == 1

    out = capsys.readouterr().out
    assert "gone-1.0.zip: refused: the page lists it, and it is gone" in out
    assert "lost-1.0.zip: refused: its page does not list it" in out
    assert_whole(repository, "demo", "unlisted")
    head = repository.head(f"packages/demo/{WHEEL}")
    assert head is not None
    assert head.content_type == "application/octet-stream"
    assert main(["import", f"s3://{repository.name}/{prefix}", "none"]) == 1
    assert "is empty" in capsys.readouterr().out


@pytest.mark.loopback
def test_a_page_of_a_bucket_that_cannot_be_read_costs_one_project(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = Headers("text/html", "public")
    later = b'<meta name="pypi:repository-version" content="2.0">'
    wheel = build_wheel(tmp_path, "acme-lib")
    repository.create("demo/index.html", later, odd)
    repository.create(f"acme-lib/{wheel.name}", wheel.read_bytes(), odd)
    assert main(["import", f"s3://{repository.name}", "demo", "Acme_Lib"]) == 1
    where = f"s3://{repository.name}/demo/index.html"
    assert f"demo: failed: {where} is no index that can be read: " in capsys.readouterr().out
    assert_whole(repository, "acme-lib")  # its folder has the name that pip asks for


@pytest.mark.loopback
def test_a_link_of_a_bucket_that_leads_nowhere_costs_its_own_file(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = Headers("text/html", "public")
    wheel, other = build_wheel(tmp_path), build_wheel(tmp_path, version="2.0")
    page = f'<a href="{wheel.name}">{wheel.name}</a><a href="http://[bad/">{other.name}</a>'
    repository.create("demo/index.html", page.encode(), odd)
    for path in (wheel, other):
        repository.create(f"demo/{path.name}", path.read_bytes(), odd)
    assert main(["import", f"s3://{repository.name}"]) == 1
    refused = f"demo: {other.name}: refused: its address is wrong: Invalid IPv6 URL"
    assert capsys.readouterr().out.count(refused) == 1
    assert file_names(repository, "demo") == {wheel.name}


def test_nobody_else_writes_a_line_of_the_report() -> None:
    forged = "x\ndemo: demo-9.0-py3-none-any.whl: taken"
    rows = [
        Row("demo", forged, None, "refused", "it is neither"),
        Row("demo", "", None, "taken", forged, "archived"),
    ]
    lines = list(Moved("dist", dry_run=False, rows=rows).lines())
    assert len(lines) == 3
    assert "\n" not in "".join(lines)
    plain = screen("--verbose")
    with watched(plain) as watch:
        watch.finished(rows[0])
    assert written(plain.err).count("\n") == 1


def test_on_a_terminal_a_bar_counts_bytes() -> None:
    shown = screen("--verbose", terminal=True)
    with watched(shown) as watch:
        watch.expect(1000)
        watch.expect(1000)
        watch.read(500)
        watch.finished(Row("demo", WHEEL, 500, "taken"))
        watch.finished(Row("demo", "\x9b2Jx", 500, "taken"))
        watch.stopping()
    assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL  # the next one does not wait
    assert f"demo {WHEEL}: taken" in written(shown.err)
    assert "\x9b" not in written(shown.err)
    assert "0.5/2.0 kB" in written(shown.err)


def test_without_sizes_the_bar_knows_no_end() -> None:
    shown = screen(terminal=True)
    with watched(shown) as watch:
        watch.expect(1000)
        watch.expect(None)
        watch.expect(1000)
        watch.read(5_000_000)
    last = written(shown.err).split("Importing")[-1]
    assert "5.0/? MB" in last
    assert "100%" not in last


@pytest.mark.parametrize("arguments", [[], ["--verbose"]])
def test_without_a_terminal_there_are_lines(arguments: list[str]) -> None:
    plain = screen(*arguments)
    with watched(plain) as watch:
        watch.expect(1)
        watch.read(1)
        watch.finished(Row("demo", WHEEL, 1, "taken"))
        watch.stopping()
    assert ("taken" in written(plain.err)) is bool(arguments)
    assert "waiting" in written(plain.err)


def test_a_quiet_bar_says_no_lines() -> None:
    shown = screen(terminal=True)
    with watched(shown) as watch:
        watch.finished(Row("demo", WHEEL, 500, "taken"))
    assert WHEEL not in written(shown.err)


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Where s3pypi's own program, moto and pypiserver are at home."""
    return make_environment(tmp_path_factory.mktemp("tools"), "s3pypi==2.0.1", "moto[server]", "pypiserver")


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def started(tools: Environment) -> Iterator[Callable[..., str]]:
    """Start a server of ``tools`` on a port of its own; return its address."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*command: str) -> str:
        port = free_port()
        program = [str(tools.programs / command[0]), *(part.format(port=port) for part in command[1:])]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        running.append(subprocess.Popen(program, env=dict(tools.variables), **silent))  # type: ignore[call-overload]
        address = f"http://127.0.0.1:{port}"
        until(lambda: _answers(port))
        return address

    yield start
    for process in running:
        process.terminate()
        process.wait()


@pytest.mark.slow
@pytest.mark.loopback
@pytest.mark.parametrize("prefix", ["", "team"], ids=["no prefix", "a prefix"])
@pytest.mark.parametrize("layout", [(), ("--index.html",)], ids=["slash", "index.html"])
def test_what_s3pypi_uploaded_installs_as_before(
    repository: S3Bucket,
    dist: Path,
    tools: Environment,
    started: Callable[..., str],
    layout: tuple[str, ...],
    prefix: str,
) -> None:
    moto = started("moto_server", "-H", "127.0.0.1", "-p", "{port}")
    old = S3Bucket.open("old-pypi", endpoint_url=moto)
    old.make()
    with_keys = tools.with_variables(
        AWS_ACCESS_KEY_ID="moto",
        AWS_SECRET_ACCESS_KEY="moto",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_ENDPOINT_URL=moto,  # it looks for a table of locks, too
    )
    where = ["--bucket", "old-pypi", "--s3-endpoint-url", moto, *layout]
    where += ["--prefix", prefix] if prefix else []
    with_keys.run("s3pypi", "upload", *map(str, sorted(dist.iterdir())), *where, "--put-root-index")
    page = "index.html" if layout else ""

    def as_cloudfront_serves_it(path: str, _authorization: str | None) -> Answer:
        key = (f"{prefix}/" if prefix else "") + path.lstrip("/")
        found = old.get(key + page if path.endswith("/") else key)
        return Answer(found.body, HTML if path.endswith("/") else "application/x-gzip") if found else ABSENT

    with serving(as_cloudfront_serves_it) as before:
        was = {release: installed(before, release) for release in RELEASES}

    source = ["import", f"s3://old-pypi/{prefix}", "--source-endpoint-url", moto]
    assert main(source) == 0

    with index_of(repository) as after:
        assert {release: installed(after, release) for release in RELEASES} == was
    assert_whole(repository, "demo", "other")
    assert main(source) == 0


@pytest.mark.slow
@pytest.mark.loopback
@pytest.mark.parametrize("kind", ["index", "folder"])
def test_what_pypiserver_serves_installs_as_before(
    repository: S3Bucket, dist: Path, started: Callable[..., str], kind: str
) -> None:
    host = started("pypi-server", "run", "-i", "127.0.0.1", "-p", "{port}", "--disable-fallback", str(dist))
    was = {release: installed(f"{host}/simple/", release) for release in RELEASES}

    assert main(["import", f"{host}/simple/" if kind == "index" else str(dist)]) == 0

    with index_of(repository) as after:
        assert {release: installed(after, release) for release in RELEASES} == was
    assert_whole(repository, "demo", "other")


CARE = Path(__file__).parents[2].joinpath("docs", "care.md").read_text()
SECTION = CARE.partition("## Move in\n")[2].partition("\n## ")[0]


@pytest.mark.loopback
def test_the_page_about_care_shows_what_is_printed(
    repository: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build_wheel(tmp_path / "dist")
    monkeypatch.chdir(tmp_path)
    (shown,) = re.findall(r"```console\n(.*?)```", SECTION, re.DOTALL)
    for command, output in re.findall(r"\$ s3twine (.*)\n((?:[^$].*\n)*)", shown):
        main(command.split())
        # How well it is compressed depends on the zlib that Python was built with.
        assert re.sub(r"\d+ bytes", "821 bytes", capsys.readouterr().out) == output
    assert_whole(repository, "demo")


def test_every_command_of_the_page_about_migrating_is_understood() -> None:
    commands = re.findall(r"^(?:\$ )?s3twine (import .*)$", PAGE, re.MULTILINE)
    assert len(commands) >= 6
    for command in commands:
        parser().parse_args(command.split())
