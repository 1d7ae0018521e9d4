from __future__ import annotations

from pathlib import Path

import pytest

from s3pypi_core.config.pypirc import Section, UnreadablePypirc, bucket_sections, find_pypirc


def test_sections_with_the_address_of_a_bucket_are_found_with_or_without_index_servers(
    tmp_path: Path,
) -> None:
    path = tmp_path / ".pypirc"
    acme = "[acme]\nrepository = s3://acme-pypi\nregion = eu-central-1\n"
    other = "[pypi]\nusername = __token__\npassword = 100%secret\n[old]\nrepository = https://old/\n"
    expected = {"acme": Section("s3://acme-pypi", "eu-central-1", None, None)}
    for content in (acme, acme + other, f"[distutils]\nindex-servers = pypi\n{other}{acme}"):
        path.write_text(content)
        assert bucket_sections(path) == expected


def test_no_file_is_no_section(tmp_path: Path) -> None:
    assert bucket_sections(tmp_path / ".pypirc") == {}


@pytest.mark.parametrize(
    "content",
    [b"repository = s3://x-y-z", b"[a]\n[a]\npassword = hunter2", b"[a]\npassword = \xff"],
    ids=["no section", "section twice", "not UTF-8"],
)
def test_a_file_that_cannot_be_read_is_named_without_what_it_holds(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".pypirc").write_bytes(content)
    with pytest.raises(UnreadablePypirc, match=r"\.pypirc cannot be read") as caught:
        bucket_sections(tmp_path / ".pypirc")
    assert "hunter2" not in str(caught.value)


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePypirc, match="Is a directory"):
        bucket_sections(tmp_path)


def test_the_default_file_may_be_missing() -> None:
    assert find_pypirc() == Path.home() / ".pypirc"


@pytest.mark.parametrize("named", ["~/other", "~nobody-of-this-name/.pypirc"])
def test_a_file_that_is_asked_for_may_not(named: str) -> None:
    with pytest.raises(UnreadablePypirc, match="No such file"):
        find_pypirc(named)


def test_a_file_that_is_asked_for_is_found(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    assert find_pypirc(str(tmp_path / "mine")) == tmp_path / "mine"
