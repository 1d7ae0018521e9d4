"""The contract with twine: what the adapter relies on, of the twine that is installed."""

from __future__ import annotations

import inspect
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import rich
import twine.cli
from twine.commands import check
from twine.exceptions import InvalidConfiguration, TwineException

import s3pypi_twine
from s3pypi_core.errors import RepositoryError, UsageError
from s3pypi_twine.twine_adapter import as_twine_reports, check_file, wants_no_color
from tests.builders import build_wheel, write_zip
from tests.twine.uploads import build_with_readme

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def rich_as_before() -> Iterator[None]:
    """Undo what a test does to rich's global console."""
    yield
    rich.reconfigure()


def test_it_is_the_version_that_was_read() -> None:
    assert version("twine").startswith("7.")


def test_a_command_is_registered_under_a_name_that_is_free() -> None:
    commands = [entry.name for entry in entry_points(group="twine.registered_commands")]
    assert commands.count("s3-upload") == 1


def test_the_check_takes_a_file_and_a_stream_and_gives_warnings_and_a_verdict(tmp_path: Path) -> None:
    assert list(inspect.signature(check._check_file).parameters) == ["filename", "render_warning_stream"]
    stream = check._WarningStream()
    assert check._check_file(str(build_wheel(tmp_path)), stream) == (
        [
            "`long_description_content_type` missing. defaulting to `text/x-rst`.",
            "`long_description` missing.",
        ],
        True,
    )
    assert str(stream) == ""


def test_a_readme_passes_or_fails_with_the_line_that_is_wrong(tmp_path: Path) -> None:
    assert check_file(build_with_readme(tmp_path, "text")) == (None, [])
    verdict = check_file(build_with_readme(tmp_path, "text\n\n`x <y"))
    assert verdict.failure is not None
    assert "line 3: Warning: Inline interpreted text" in verdict.failure


def test_what_twine_cannot_read_fails_with_its_own_sentence(tmp_path: Path) -> None:
    wheel = write_zip(tmp_path / "demo-1.0-py3-none-any.whl", {})
    verdict = check_file(wheel)
    assert verdict.failure is not None
    assert "METADATA" in verdict.failure


def test_an_error_becomes_one_that_twine_prints() -> None:
    error = as_twine_reports(RepositoryError("no", "do"))
    assert isinstance(error, TwineException)
    assert error.args == ("no\nhint: do",)
    assert as_twine_reports(RepositoryError("no")).args == ("no",)
    assert type(as_twine_reports(UsageError("which"))) is InvalidConfiguration


@pytest.mark.usefixtures("rich_as_before")
def test_no_color_before_the_command_is_known_from_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twine.cli.args, "no_color", True, raising=False)
    twine.cli.configure_output()
    assert wants_no_color() is True
    monkeypatch.setattr(twine.cli.args, "no_color", False)
    twine.cli.configure_output()
    assert wants_no_color() is False


def test_nobody_else_imports_twine() -> None:
    source = Path(s3pypi_twine.__file__).parents[1]
    importers = {
        path.name
        for path in source.rglob("*.py")
        if any(
            line.split()[:1] in (["import"], ["from"]) and line.split()[1].split(".")[0] == "twine"
            for line in path.read_text().splitlines()
            if line.strip()
        )
    }
    assert importers == {"twine_adapter.py"}
