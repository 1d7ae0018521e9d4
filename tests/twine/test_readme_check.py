from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.plan import SeveralErrors
from s3pypi_twine.readme_check import check_readmes
from tests.builders import build_sdist, build_wheel
from tests.twine.uploads import build_with_readme, plan_of

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = "`x <y"


def check(*paths: Path, strict: bool = False) -> tuple[list[str], list[str]]:
    """Check; return what it warned of, and what it told who wants to hear everything."""
    warned: list[str] = []
    told: list[str] = []
    check_readmes(plan_of(*paths), strict=strict, warn=warned.append, tell=told.append)
    return warned, told


@pytest.mark.parametrize("strict", [False, True], ids=["", "strict"])
@pytest.mark.parametrize("readme", ["", "UNKNOWN\n"], ids=["no README", "as distutils wrote it"])
def test_a_package_without_a_readme_passes_without_noise(
    tmp_path: Path, readme: str, *, strict: bool
) -> None:
    wheel = build_with_readme(tmp_path, readme, content_type=None)
    assert check(wheel, build_sdist(tmp_path), strict=strict) == ([], [])


@pytest.mark.parametrize(
    ("readme", "content_type"),
    [("Title\n=====\n\ntext", "text/x-rst"), ("# Title", "text/markdown"), ("`x <y", "text/plain")],
    ids=["reStructuredText", "Markdown", "plain"],
)
def test_a_good_readme_passes_without_noise(tmp_path: Path, readme: str, content_type: str) -> None:
    assert check(build_with_readme(tmp_path, readme, content_type), strict=True) == ([], [])


def test_all_that_fail_are_named_at_once(tmp_path: Path) -> None:
    files = [build_with_readme(tmp_path, BROKEN, name=name) for name in ("one", "two")]
    with pytest.raises(SeveralErrors) as caught:
        check(*files, build_wheel(tmp_path, "three"))
    assert [error.message.split(": ")[0] for error in caught.value.errors] == [str(path) for path in files]
    assert all("syntax errors" in error.message for error in caught.value.errors)
    assert all("--no-check" in error.hint for error in caught.value.errors)


def test_warnings_are_shown_and_strict_makes_them_stop(tmp_path: Path) -> None:
    wheel = build_with_readme(tmp_path, "text", content_type=None)

    (warning,), _ = check(wheel)
    assert warning.startswith(f"{wheel}: ")
    assert "long_description_content_type" in warning

    with pytest.raises(SeveralErrors, match="long_description_content_type"):
        check(wheel, strict=True)


def test_without_twine_the_check_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "twine"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "s3pypi_twine.twine_adapter", raising=False)
    monkeypatch.setattr(sys, "path", [])
    warned, told = check(build_with_readme(tmp_path, BROKEN), strict=True)
    assert (warned, told) == ([], ["READMEs are not checked: twine is not installed"])


def test_another_twine_than_expected_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("twine.commands.check._check_file")
    (warning,), told = check(build_with_readme(tmp_path, BROKEN))
    assert "_check_file" in warning
    assert told == []
