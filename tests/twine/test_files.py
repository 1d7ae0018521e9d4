from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_core.errors import RepositoryError
from s3pypi_core.plan import SeveralErrors
from s3pypi_twine.files import read_all, select
from tests.builders import build_sdist, build_wheel

if TYPE_CHECKING:
    from pathlib import Path


def test_a_pattern_that_the_shell_left_alone_is_expanded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel, sdist = build_wheel(tmp_path / "dist"), build_sdist(tmp_path / "dist")
    monkeypatch.chdir(tmp_path)
    assert [path.name for path in select(["dist/*"]).paths] == [wheel.name, sdist.name]
    assert select([f"{tmp_path}/*/*.whl"]).paths == [wheel]


def test_a_path_that_is_there_is_no_pattern(tmp_path: Path) -> None:
    (tmp_path / "[d]").mkdir()
    (tmp_path / "d").mkdir()
    for folder in ("[d]", "d"):
        (tmp_path / folder / "demo.whl").touch()
    assert select([f"{tmp_path}/[d]/demo.whl"]).paths == [tmp_path / "[d]" / "demo.whl"]


def test_all_that_cannot_be_found_or_read_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "no.whl").touch()
    with pytest.raises(SeveralErrors) as caught:
        read_all(select([f"{tmp_path}/none-*.whl", "missing.whl", f"{tmp_path}/no.whl"]))
    assert [error.message.split(": ")[0] for error in caught.value.errors] == [
        f"{tmp_path}/none-*.whl",
        "missing.whl",
        f"{tmp_path}/no.whl",
    ]


def test_signatures_and_attestations_are_passed_over(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path)
    beside = [tmp_path / f"{wheel.name}{suffix}" for suffix in (".asc", ".publish.attestation")]
    for path in beside:
        path.touch()
    selection = select([f"{tmp_path}/*"])
    assert selection.passed_over == beside
    assert [distribution.path for distribution in read_all(selection)] == [wheel]


def test_signatures_alone_are_nothing_to_upload(tmp_path: Path) -> None:
    (tmp_path / "demo.whl.asc").touch()
    with pytest.raises(RepositoryError, match="alone"):
        read_all(select([f"{tmp_path}/*"]))
