from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from s3pypi_core.aws.s3_bucket import S3Bucket
from s3pypi_core.bucket import RECORD_HEADERS, AccessDenied, BucketError
from s3pypi_core.command_line import run
from s3pypi_core.verify.verified import Verified, VerifyInterrupted
from s3pypi_edge.keys import normalize, page_key, record_key
from s3pypi_twine.__main__ import main
from s3pypi_twine.verify_progress import watched
from tests.builders import build_wheel
from tests.repositories import assert_whole, publish, record_of
from tests.twine.uploads import screen, written

DEMO = normalize("demo")
PAGE, RECORD = page_key(DEMO), record_key(DEMO)
WHEEL = "packages/demo/demo-1.0-py3-none-any.whl"
CARE = Path(__file__).parents[2].joinpath("docs", "care.md").read_text()
SECTION = CARE.partition("## Verify and repair\n")[2].partition("\n## ")[0]


@pytest.fixture
def filled(repository: S3Bucket, tmp_path: Path) -> S3Bucket:
    """A repository with one release."""
    publish(repository, build_wheel(tmp_path))
    return repository


@pytest.mark.loopback
def test_what_is_in_order_is_said_to_be(filled: S3Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--deep", "--repository-url", f"s3://{filled.name}"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("1 project, 1 file: all in order\n", "")


@pytest.mark.loopback
def test_the_page_about_care_shows_what_is_printed(
    filled: S3Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = re.findall(r"```console\n(.*?)```", SECTION, re.DOTALL)
    filled.delete(PAGE)
    filled.delete(f"{WHEEL}.metadata")
    for command, output in re.findall(r"\$ s3twine (.*)\n((?:[^$].*\n)*)", "".join(shown)):
        main(command.split())
        assert capsys.readouterr().out == output
    assert_whole(filled, "demo")


@pytest.mark.loopback
def test_a_disagreement_ends_with_1_until_it_is_mended(filled: S3Bucket) -> None:
    filled.delete(PAGE)
    assert main(["verify"]) == 1
    assert main(["verify", "Demo", "--repair"]) == 0
    assert main(["verify"]) == 0


@pytest.mark.loopback
def test_where_the_bucket_keeps_versions_a_file_comes_back(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {"Status": "Enabled"}
    repository.client.put_bucket_versioning(Bucket=repository.name, VersioningConfiguration=settings)  # type: ignore[arg-type]
    publish(repository, build_wheel(tmp_path))
    repository.client.put_object(Bucket=repository.name, Key=WHEEL, Body=b"PK")
    repository.delete(RECORD)

    assert main(["verify", "--deep", "--repair", "--now"]) == 0

    assert "restored from an earlier version" in capsys.readouterr().out
    assert_whole(repository, "demo")


@pytest.mark.loopback
def test_what_cannot_be_mended_says_why_in_words_and_in_json(
    filled: S3Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    filled.delete(WHEEL)

    assert main(["verify", "--repair"]) == 1
    assert capsys.readouterr().out.splitlines()[1:] == [
        "    could not be mended: no earlier version of it has the bytes whose hash is listed",
        "    put the very bytes back, if somebody has them; or withdraw it: s3twine yank demo==1.0",
        "1 project, 1 file: 1 disagreement",
    ]

    filled.delete(PAGE)
    assert main(["verify", "--repair", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["bucket"], document["projects"], document["files"]) == (filled.name, 1, 1)
    (finding,) = document["findings"]
    assert (finding["kind"], finding["key"], finding["project"]) == ("file-missing", WHEEL, "demo")
    assert finding["reason"].startswith("no earlier version")
    (mended,) = document["mended"]
    assert (mended["kind"], mended["key"]) == ("page-missing", PAGE)

    filled.delete(PAGE)
    assert main(["verify", "--repair"]) == 1
    assert capsys.readouterr().out.endswith("1 disagreement mended, 1 disagreement left\n")


@pytest.mark.loopback
@pytest.mark.parametrize(("arguments", "code"), [(["other"], 1), (["a b"], 2)], ids=["unknown", "no name"])
def test_a_project_that_is_none_is_an_error_with_a_sentence(
    filled: S3Bucket, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int
) -> None:
    assert main(["verify", "--json", *arguments]) == code
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert (document["findings"], len(document["errors"])) == ([], 1)
    assert "error: " in err
    assert filled.name not in err


def test_settings_that_mean_nothing_are_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        "[repositories.acme]\nurl = 'https://pypi.acme.com/simple/'\nbucket = 'acme'\nmore = 1\n"
    )
    monkeypatch.setenv("S3PYPI_CONFIG", str(config))
    main(["verify", "--endpoint-url", "nowhere", "--verbose"])
    assert "warning: " in capsys.readouterr().err


def test_with_verbose_each_project_is_said() -> None:
    loud = screen("--verbose")
    with watched(loud) as watch:
        watch.begin(1)
        watch.looked(DEMO)
        watch.stopping()
    assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL  # the next one does not wait
    assert written(loud.err).splitlines()[0] == "verified demo"
    assert "waiting" in written(loud.err)


def test_without_a_terminal_projects_are_not_counted() -> None:
    quiet = screen()
    with watched(quiet) as watch:
        watch.looked(DEMO)
    assert written(quiet.err) == ""


def test_on_a_terminal_a_bar_counts_projects() -> None:
    shown = screen(terminal=True)
    with watched(shown) as watch:
        watch.begin(2)
        watch.looked(DEMO)
        watch.stopping()
    assert "Verifying demo" in written(shown.err)
    assert "1/2" in written(shown.err)


@pytest.mark.loopback
def test_names_of_others_do_not_reach_the_terminal_as_they_are(
    filled: S3Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    filled.client.put_object(Bucket=filled.name, Key="packages/demo/\x1b[2Jx\nall in order", Body=b"")
    assert main(["verify"]) == 1
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\N{REPLACEMENT CHARACTER}[2Jx all in order: " in out


@pytest.mark.loopback
def test_the_clock_of_the_bucket_tells_what_is_young(
    filled: S3Bucket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record = record_of(filled, "demo")
    found = filled.get(RECORD)
    assert found is not None
    filled.replace(RECORD, replace(record, files=()).to_json(), RECORD_HEADERS, etag=found.etag)
    monkeypatch.setattr(S3Bucket, "now", lambda _bucket: time.time() + 3 * 86400)
    main(["verify", "--json"])
    assert "unlisted" in {finding["kind"] for finding in json.loads(capsys.readouterr().out)["findings"]}


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("error", "code"),
    [(KeyboardInterrupt(), 130), (BucketError("access denied"), 1)],
    ids=["Ctrl-C", "error"],
)
@pytest.mark.parametrize("json_", [True, False], ids=["json", "words"])
def test_what_was_mended_before_the_end_is_told(
    filled: S3Bucket,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    json_: bool,  # noqa: FBT001  # a parameter of the table
) -> None:
    def fail(_bucket: S3Bucket, _prefix: str) -> None:
        raise error

    filled.delete(PAGE)
    filled.client.put_object(Bucket=filled.name, Key="packages/x", Body=b"")
    monkeypatch.setattr(S3Bucket, "unfinished", fail)
    before = signal.getsignal(signal.SIGINT)
    assert run(lambda: main(["verify", "--repair", *(["--json"] if json_ else [])])) == code
    signal.signal(signal.SIGINT, before)
    out, err = capsys.readouterr()
    if json_:
        document = json.loads(out)
        assert [mended["key"] for mended in document["mended"]] == [PAGE]
        assert [finding["key"] for finding in document["findings"]] == ["packages/x"]
    else:
        assert f"mended {PAGE}" in out + err
        assert "packages/x: it belongs to nothing\n    nothing needs it" in out


@pytest.mark.loopback
@pytest.mark.parametrize("json_", [True, False], ids=["json", "words"])
def test_what_cannot_be_looked_at_does_not_hide_the_rest(
    filled: S3Bucket,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    json_: bool,  # noqa: FBT001  # a parameter of the table
) -> None:
    def fail(_bucket: S3Bucket, _prefix: str) -> None:
        raise AccessDenied("access denied: s3:ListBucketMultipartUploads")

    warning = "uploads in parts were not looked for: access denied: s3:ListBucketMultipartUploads"
    monkeypatch.setattr(S3Bucket, "unfinished", fail)
    assert main(["verify"]) == 0
    assert capsys.readouterr() == ("1 project, 1 file: all in order\n", f"warning: {warning}\n")
    filled.delete(PAGE)
    assert main(["verify", "demo", "other", *(["--json"] if json_ else [])]) == 1
    out, err = capsys.readouterr()
    assert err.splitlines()[:2] == [
        f"warning: {warning}",
        "error: the repository knows no project other",
    ]
    if json_:
        document = json.loads(out)
        assert [finding["key"] for finding in document["findings"]] == [PAGE]
        assert document["warnings"] == [warning]
        assert document["errors"][0]["message"] == "the repository knows no project other"
    else:
        assert out.splitlines()[0] == f"{PAGE}: the page is gone"
        assert out.splitlines()[-1] == "1 project, 1 file: 1 disagreement, 1 project not verified"


def test_an_interruption_ends_with_130(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)

    def interrupted() -> int:
        raise VerifyInterrupted(Verified(projects=3))

    assert run(interrupted) == 130
    signal.signal(signal.SIGINT, before)
    assert "3 projects were verified" in capsys.readouterr().err


def test_help_is_instant() -> None:
    seen = "import sys; from s3pypi_twine.__main__ import parser; parser(); print('boto3' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", seen], env=os.environ, capture_output=True, check=True)
    assert done.stdout == b"False\n"
