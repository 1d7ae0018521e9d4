from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.config.target import Target
from s3pypi_core.errors import RepositoryError
from s3pypi_core.plan import SeveralErrors
from s3pypi_core.upload import UploadInterrupted
from s3pypi_edge.keys import normalize
from s3pypi_twine.result import failure_to_json, to_json
from s3pypi_twine.summary import summarize
from tests.builders import build_sdist, build_wheel
from tests.twine.uploads import plan_of, screen, uploaded, written

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.plan import Plan

NEW, OLD, OTHER, BAD = (
    "a_new-1!2.0+x-py3-none-any.whl",
    "an_old-1.0-py3-none-any.whl",
    "other-1.0.tar.gz",
    "worse-1.0-py3-none-any.whl",
)


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Four files of four projects."""
    return plan_of(
        build_wheel(tmp_path, "a-new", "1!2.0+x"),
        build_wheel(tmp_path, "an-old"),
        build_sdist(tmp_path, "other"),
        build_wheel(tmp_path, "worse"),
    )


def test_the_document_tells_all(plan: Plan) -> None:
    error = RepositoryError("no", "do")
    done = uploaded(
        plan, {NEW: "uploaded", OLD: "already there", OTHER: "skipped"}, SeveralErrors([error, error])
    )
    document = json.loads(to_json(done))

    files = {entry["filename"]: entry for entry in document["files"]}
    assert {name: entry["result"] for name, entry in files.items()} == {
        NEW: "new",
        OLD: "already there",
        OTHER: "skipped",
        BAD: "failed",
    }
    sent = {distribution.filename: distribution for distribution in plan}
    assert all(entry["size"] == sent[name].size for name, entry in files.items())
    assert all(entry["sha256"] == sent[name].sha256 for name, entry in files.items())
    assert {name: entry["url"] for name, entry in files.items() if "url" in entry} == {
        NEW: "https://pypi.acme.com/simple/a-new/a_new-1%212.0%2Bx-py3-none-any.whl",
        OLD: f"https://pypi.acme.com/simple/an-old/{OLD}",
    }
    assert document["install"] == [
        "pip install --index-url https://pypi.acme.com/simple/ 'a-new==1!2.0+x'",
        "pip install --index-url https://pypi.acme.com/simple/ an-old==1.0",
    ]
    assert document["errors"] == [{"message": "no", "hint": "do"}] * 2
    assert (document["bucket"], document["index_url"]) == ("acme-pypi", "https://pypi.acme.com/simple/")
    assert document["dry_run"] is False


def test_what_is_not_there_has_no_url_and_cannot_be_installed(plan: Plan) -> None:
    rehearsal = uploaded(plan, {NEW: "uploaded", OLD: "already there"}, dry_run=True)
    rehearsed = json.loads(to_json(rehearsal))
    assert [entry["filename"] for entry in rehearsed["files"] if "url" in entry] == [OLD]
    assert rehearsed["dry_run"] is True

    nowhere = json.loads(to_json(uploaded(plan, {NEW: "uploaded"}, target=Target("acme-pypi"))))
    assert not any("url" in entry for entry in nowhere["files"])
    assert nowhere["install"] == []


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (RepositoryError("no", "do"), "no"),
        (UploadInterrupted([], [normalize("demo")]), "interrupted"),
    ],
    ids=["an error", "Ctrl-C"],
)
def test_what_ends_the_command_early_is_a_document_too(
    error: RepositoryError | UploadInterrupted, message: str
) -> None:
    document = json.loads(failure_to_json(error))
    assert document["files"] == []
    assert document.get("hidden", ["demo"]) == ["demo"]
    assert document["errors"][0]["message"].startswith(message)
    assert document["errors"][0]["hint"]


def test_a_file_has_a_row_and_a_project_a_line_to_install_it(plan: Plan) -> None:
    shown = screen()
    summarize(uploaded(plan, {NEW: "uploaded", OLD: "already there", OTHER: "skipped"}), shown)
    sizes = [f"{distribution.size} bytes" for distribution in plan]
    assert written(shown.out).splitlines() == [
        f"{NEW}  {sizes[0]:>9}  new",
        f"{OLD:30}  {sizes[1]:>9}  already there",
        f"{BAD:30}  {sizes[2]:>9}  failed",
        f"{OTHER:30}  {sizes[3]:>9}  skipped: another file has this name",
        "",
        "Installable now from https://pypi.acme.com/simple/:",
        "  pip install --index-url https://pypi.acme.com/simple/ 'a-new==1!2.0+x'",
        "  pip install --index-url https://pypi.acme.com/simple/ an-old==1.0",
    ]
    assert written(shown.err) == ""


def test_a_terminal_has_a_table_in_colors(plan: Plan) -> None:
    done = uploaded(plan, {NEW: "uploaded", OLD: "already there", OTHER: "skipped"})
    colorful, plain = screen(terminal=True), screen("--no-color", terminal=True)
    for shown in (colorful, plain):
        summarize(done, shown)
        for said in ("File", "Size", "Result", NEW, "already there", "skipped", "failed", "pip install"):
            assert said in written(shown.out)
    assert "\x1b[32mnew" in written(colorful.out)
    assert "\x1b[3" not in written(plain.out)


def test_a_dry_run_says_so(plan: Plan) -> None:
    shown = screen()
    summarize(uploaded(plan, {NEW: "uploaded"}, dry_run=True), shown)
    assert "would be uploaded" in written(shown.out)
    assert written(shown.out).endswith("dry run: nothing was written\n")


def test_nothing_to_do_is_said(plan: Plan) -> None:
    shown = screen()
    summarize(uploaded(plan, dict.fromkeys((NEW, OLD, OTHER, BAD), "already there")), shown)
    assert "Nothing to do: all of it is in s3://acme-pypi already." in written(shown.out)


def test_where_nothing_is_there_the_table_is_all(plan: Plan) -> None:
    shown = screen()
    summarize(uploaded(plan, {}), shown)
    assert written(shown.out).count("\n") == 4


def test_where_the_address_is_not_known_it_is_left_out(plan: Plan) -> None:
    shown = screen()
    summarize(uploaded(plan, {OLD: "uploaded"}, target=Target("acme-pypi")), shown)
    assert "s3://acme-pypi" in written(shown.out)
    assert written(shown.out).endswith("pip install --index-url https://.../simple/ an-old==1.0\n")
