"""What docs/care.md shows is what there is: its commands run in order, and say what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from s3pypi_twine.__main__ import main, parser
from tests.builders import build_sdist, build_wheel
from tests.repositories import publish
from tests.twine.typing_person import answer

if TYPE_CHECKING:
    from s3pypi_core.aws.s3_bucket import S3Bucket

PAGE = Path(__file__).parents[2].joinpath("docs", "care.md").read_text(encoding="utf-8")
OTHERS = ["yank", "unyank", "status", "undelete", "import", "verify"]
WITHDRAWING = PAGE.partition("## Look")[2].partition("## What it takes")[0]


def shown() -> list[tuple[str, str]]:
    """Every command line of the sections about looking and withdrawing, and what it prints."""
    blocks = re.findall(r"```console\n(.*?)```", WITHDRAWING, re.DOTALL)
    steps = [step for block in blocks for step in re.split(r"^\$ s3twine ", block, flags=re.MULTILINE)[1:]]
    return [(command, output) for command, _, output in (step.partition("\n") for step in steps)]


def alike(text: str) -> list[str]:
    """The lines without what differs from run to run: dates, hashes, sizes, and the room they take."""
    text = re.sub(r"\b\d{4}-\d\d-\d\d\b", "DATE", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "HASH", text)
    text = re.sub(r"\b[0-9.]+ (bytes|kB)", "SIZE", text)
    return [re.sub(" +", " ", line) for line in text.splitlines()]


@pytest.mark.loopback
def test_its_examples_say_what_it_says(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.client.put_bucket_versioning(
        Bucket=repository.name, VersioningConfiguration={"Status": "Enabled"}
    )
    wheels = [
        build_wheel(tmp_path, "acme-lib", "1.0"),
        build_wheel(tmp_path, "acme-lib", "1.1", requires_python=">=3.10"),
        build_wheel(tmp_path, "acme-app", "1.0"),
    ]
    publish(repository, *wheels, build_sdist(tmp_path, "acme-lib", "1.0"))
    later = [build_wheel(tmp_path, "acme-lib", f"2.0.dev{build}") for build in (1, 2)]
    publish(repository, *later, time="2999-01-01T00:00:00.000000Z")  # so that nothing is 90 days old

    steps = shown()

    assert len(steps) >= 12
    for command, output in steps:
        assert main(shlex.split(command)) == 0, command
        assert alike(capsys.readouterr().out) == alike(output), command


@pytest.mark.loopback
def test_who_forgets_is_shown_and_asked_what_it_shows(
    repository: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = re.findall(r"```\n(File .*?)```", WITHDRAWING, re.DOTALL)
    publish(repository, build_sdist(tmp_path, "acme-lib", "1.1"))
    main(["delete", "acme-lib==1.1", "--yes"])
    publish(repository, build_wheel(tmp_path, "acme-lib", "1.1", requires_python=">=3.10"))
    monkeypatch.setenv("TERM", "dumb")  # or the table is drawn

    _, said = answer("n\n", "delete", "acme-lib==1.1", "--forget")

    assert "\n".join(alike(block)) in "\n".join(alike(said)), said


@pytest.mark.parametrize("flag", sorted(set(re.findall(r"`(--[a-z-]+)", WITHDRAWING))))
def test_every_option_that_it_names_is_there(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    commands = ["show", "yank", "delete", "prune"]
    said = []
    for command in commands:
        with pytest.raises(SystemExit):
            parser().parse_args([command, "--help"])
        said.append(capsys.readouterr().out)
    assert any(flag in text for text in said)


def test_the_commands_that_ask_are_those_that_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    asking = []
    for command in re.findall(r"`(\w+)`", PAGE.partition("No other command asks")[0]) + OTHERS:
        with pytest.raises(SystemExit):
            parser().parse_args([command, "--help"])
        asking += [command] * ("--yes" in capsys.readouterr().out)
    assert asking == ["delete", "prune"]
