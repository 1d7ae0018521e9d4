from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_core.config.pypirc import DEFAULT_PYPIRC
from s3pypi_twine.__main__ import main, parser
from s3pypi_twine.options import WITHOUT_EFFECT, notes_on
from tests.builders import build_wheel
from tests.twine.uploads import options

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_twine.options import WithoutEffect


def test_the_defaults_are_those_of_twine() -> None:
    given = options()
    assert (given.repository, given.repository_url, given.config_file) == (None, None, DEFAULT_PYPIRC)
    assert not any((given.skip_existing, given.verbose, given.non_interactive))
    assert not any((given.disable_progress_bar, given.no_color, given.without_effect))


def test_every_option_of_twine_is_taken() -> None:
    given = options(
        *("-r", "acme", "--repository-url", "s3://acme-pypi", "--config-file", "pypirc", "--skip-existing"),
        *("--verbose", "--non-interactive", "--disable-progress-bar", "--no-color"),
    )
    assert (given.repository, given.repository_url, given.config_file) == ("acme", "s3://acme-pypi", "pypirc")
    assert all((given.skip_existing, given.verbose, given.non_interactive))
    assert all((given.disable_progress_bar, given.no_color))


@pytest.mark.parametrize(
    "arguments",
    [["--no-color", "upload", "f"], ["upload", "--no-color", "f"], ["upload", "f", "--no-color"]],
    ids=["as with twine", "after the command", "at the end"],
)
def test_no_color_may_stand_anywhere(arguments: list[str]) -> None:
    assert parser().parse_args(arguments).no_color is True


@pytest.mark.parametrize("option", WITHOUT_EFFECT, ids=lambda option: option.flags[-1].strip("-"))
def test_an_option_without_a_meaning_here_is_answered_with_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: WithoutEffect
) -> None:
    for flag in option.flags:
        value = ["hunter2"] if option.metavar else []
        # Where it goes is not clear, so that nothing is uploaded.
        assert main(["upload", flag, *value, flag, *value, str(build_wheel(tmp_path))]) == 2
        out, err = capsys.readouterr()
        assert err.splitlines()[0] == f"note: {option.flags[-1]} does nothing here: {option.reason}"
        assert err.count("note: ") == 1
        assert "hunter2" not in out + err


def test_a_password_is_not_kept() -> None:
    assert "hunter2" not in repr(options("-p", "hunter2", "--username", "hunter2"))


def test_each_gets_its_own_line() -> None:
    given = options("--sign", "-u", "x", "--attestations", "-u", "y")
    assert [note.split()[1] for note in notes_on(given.without_effect)] == [
        "--username",
        "--sign",
        "--attestations",
    ]


def test_the_help_names_the_environment_variables(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["upload", "--help"])
    said = "".join(capsys.readouterr().out.split())
    for variable in ("TWINE_REPOSITORY", "TWINE_REPOSITORY_URL", "TWINE_NON_INTERACTIVE", "NO_COLOR"):
        assert f"[env:{variable}]" in said
