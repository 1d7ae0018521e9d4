from __future__ import annotations

import hashlib
import io
import os
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3pypi_core.distribution import Distribution, InvalidDistribution
from tests.builders import build_metadata, build_sdist, build_wheel, write_tar, write_zip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

WHEEL = "demo-1.0-py3-none-any.whl"
SDIST = "demo-1.0.tar.gz"
METADATA = "demo-1.0.dist-info/METADATA"
PKG_INFO = "demo-1.0/PKG-INFO"


def refusal(path: Path) -> InvalidDistribution:
    with pytest.raises(InvalidDistribution) as refused:
        Distribution.read(path)
    assert refused.value.message.startswith(f"{path}: ")
    return refused.value


def test_a_wheel_is_read(tmp_path: Path) -> None:
    metadata = build_metadata("Demo.Pkg", "1.0", requires_python=">=3.9,<4", requires=["acme-lib>=1"])
    path = build_wheel(tmp_path, "Demo.Pkg", "1.0", metadata=metadata)
    distribution = Distribution.read(path)
    assert distribution == Distribution(
        path=path,
        filename="demo_pkg-1.0-py3-none-any.whl",
        project=distribution.project,
        version=distribution.version,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        size=len(path.read_bytes()),
        requires_python=">=3.9,<4",
        metadata=metadata,
        metadata_is_final=True,
    )
    assert (distribution.project, str(distribution.version)) == ("demo-pkg", "1.0")


def test_an_sdist_is_read(tmp_path: Path) -> None:
    path = build_sdist(tmp_path, "Demo.Pkg", "1.0", requires_python=">=3.9")
    distribution = Distribution.read(path)
    assert (distribution.project, str(distribution.version)) == ("demo-pkg", "1.0")
    assert distribution.metadata == build_metadata("Demo.Pkg", "1.0", requires_python=">=3.9")
    assert distribution.requires_python == ">=3.9"
    assert distribution.metadata_is_final


@pytest.mark.parametrize(
    ("filename", "project", "version"),
    [
        ("Demo.Pkg-1.0-py3-none-any.whl", "demo-pkg", "1.0"),
        ("demo_pkg-1.0-7build-py3-none-any.whl", "demo-pkg", "1.0"),
        ("demo-1!1.0rc1-py2.py3-none-any.whl", "demo", "1!1.0rc1"),
        ("demo-1.0+ubuntu.1-cp311-cp311-manylinux_2_17_x86_64.whl", "demo", "1.0+ubuntu.1"),
    ],
)
def test_odd_names_of_wheels_are_taken(tmp_path: Path, filename: str, project: str, version: str) -> None:
    distribution = Distribution.read(build_wheel(tmp_path, project, version, filename=filename))
    assert (distribution.filename, distribution.project) == (filename, project)
    assert str(distribution.version) == version


@pytest.mark.parametrize(
    ("filename", "project", "version"),
    [
        ("Demo.Pkg-1.0.zip", "demo-pkg", "1.0"),
        ("my-legacy-pkg-1.0.tar.gz", "my-legacy-pkg", "1.0"),
        ("demo-1!1.0+local.7.tar.gz", "demo", "1!1.0+local.7"),
    ],
)
def test_odd_names_of_sdists_are_taken(tmp_path: Path, filename: str, project: str, version: str) -> None:
    distribution = Distribution.read(build_sdist(tmp_path, project, version, filename=filename))
    assert (distribution.filename, distribution.project) == (filename, project)
    assert str(distribution.version) == version


@pytest.mark.parametrize(
    ("header", "requires_python"),
    [
        pytest.param("Requires-Python:", None, id="empty"),
        pytest.param("Requires-Python: >=3.9,\n   <4", ">=3.9, <4", id="folded"),
    ],
)
def test_requires_python_is_one_line_or_none(
    tmp_path: Path, header: str, requires_python: str | None
) -> None:
    path = build_wheel(tmp_path, metadata=build_metadata(headers=[header]))
    assert Distribution.read(path).requires_python == requires_python


@pytest.mark.parametrize(
    ("metadata_version", "dynamic", "final"),
    [
        pytest.param("2.1", None, False, id="before Dynamic"),
        pytest.param("2.2", None, True, id="nothing dynamic"),
        pytest.param("2.4", "License-File", True, id="what no resolver asks for"),
        pytest.param("2.2", "Requires-Dist", False, id="dependencies"),
        pytest.param("2.2", "requires-python", False, id="Python"),
        pytest.param("2.2", "Provides-Extra", False, id="extras"),
    ],
)
def test_the_metadata_of_an_sdist_is_final_if_no_build_may_change_it(
    tmp_path: Path,
    metadata_version: str,
    dynamic: str | None,
    final: bool,  # noqa: FBT001 - a column of the table
) -> None:
    headers = [f"Dynamic: {dynamic}"] if dynamic else []
    metadata = build_metadata(metadata_version=metadata_version, headers=headers)
    assert Distribution.read(build_sdist(tmp_path, metadata=metadata)).metadata_is_final is final
    assert Distribution.read(build_wheel(tmp_path, metadata=metadata)).metadata_is_final


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / WHEEL).message.endswith(": there is no such file")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    refused = refusal(tmp_path)
    assert refused.message.endswith(": it is a folder")
    assert refused.hint == f"name the files in it: {tmp_path}/*"


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / WHEEL)
    assert refusal(tmp_path / WHEEL).message.endswith(": it is not a regular file")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / WHEEL).symlink_to("/proc/self/mem")  # at 0, where nothing is mapped: an input/output error
    assert refusal(tmp_path / WHEEL).message.endswith(": it cannot be read: Input/output error")


def test_a_file_too_large_for_s3_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("s3pypi_core.distribution._MOST_BYTES", 5 * 1024**3)
    (tmp_path / WHEEL).touch()
    os.truncate(tmp_path / WHEEL, 5 * 1024**3 + 1)
    assert "it has 5,368,709,121 bytes" in refusal(tmp_path / WHEEL).message


@pytest.mark.parametrize(
    ("filename", "fault"),
    [
        ("demo-1.0.egg", "it is neither a wheel (.whl) nor an sdist (.tar.gz, .zip)"),
        ("demo-1.0.tar.bz2", "it is neither a wheel (.whl) nor an sdist (.tar.gz, .zip)"),
        (f"{WHEEL}.metadata", "it is neither a wheel (.whl) nor an sdist (.tar.gz, .zip)"),
        ("demo.whl", "its file name is wrong: "),
        ("demo-one-py3-none-any.whl", "its file name is wrong: "),
        ("demo.tar.gz", "its file name is wrong: "),
        ("demo-1.0-rc1-x.tar.gz", "its file name is wrong: "),
        ("..\\demo-1.0.tar.gz", "its file name is wrong: "),
        ("démo-1.0-py3-none-any.whl", "its file name is wrong: "),
        ("demo-1.0.tar.gz\n.zip", "its file name is wrong: "),
        (" demo-1.0.tar.gz", "its file name is wrong: "),
        ("demo- 1.0.tar.gz", "its name is too long, or holds characters"),
        (f"{'d' * 237}-1.0.tar.gz", "its name is too long, or holds characters"),
    ],
)
def test_a_file_whose_name_says_nothing_is_refused(tmp_path: Path, filename: str, fault: str) -> None:
    (tmp_path / filename).touch()
    assert fault in refusal(tmp_path / filename).message


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        pytest.param(b"", "it is not a whole zip file (File is not a zip file)", id="empty"),
        pytest.param(b"<html>404</html>", "it is not a whole zip file (File is not a zip file)", id="no zip"),
    ],
)
def test_a_wheel_that_is_no_zip_is_refused(tmp_path: Path, body: bytes, fault: str) -> None:
    (tmp_path / WHEEL).write_bytes(body)
    refused = refusal(tmp_path / WHEEL)
    assert refused.message.endswith(f": {fault}")
    assert "python -m build" in refused.hint


@pytest.mark.parametrize("build", [build_wheel, build_sdist])
def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path, build: Callable[..., Path]) -> None:
    path = build(tmp_path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        assert "it is not a whole" in refusal(path).message


def test_a_wheel_with_one_damaged_member_is_refused(tmp_path: Path) -> None:
    path = build_wheel(tmp_path)
    _patch(path, "demo.py", 16, b"\0\0\0\0")  # the checksum
    assert refusal(path).message.endswith(": demo.py in it is damaged")


@pytest.mark.parametrize(
    ("offset", "value", "fault"),
    [
        pytest.param(8, b"\1\0", "encrypted", id="encrypted"),
        pytest.param(10, b"\x63\0", "compression method is not supported", id="unknown compression"),
    ],
)
def test_a_wheel_that_cannot_be_unpacked_is_refused(
    tmp_path: Path, offset: int, value: bytes, fault: str
) -> None:
    path = build_wheel(tmp_path)
    _patch(path, METADATA, offset, value)
    assert fault in refusal(path).message


def _patch(path: Path, member: str, offset: int, value: bytes) -> None:
    """Change a field of the member's entry in the central directory of a zip file."""
    body = bytearray(path.read_bytes())
    entry = body.rindex(member.encode()) - 46
    assert body[entry : entry + 4] == b"PK\1\2"
    body[entry + offset : entry + offset + len(value)] = value
    path.write_bytes(body)


@pytest.mark.parametrize(
    ("members", "fault"),
    [
        pytest.param({}, "it has no .dist-info folder", id="empty"),
        pytest.param({"demo.py": b""}, "it has no .dist-info folder", id="none"),
        pytest.param({"demo-1.0.dist-info": b""}, "it has no .dist-info folder", id="a file of that name"),
        pytest.param({"demo-1.0.dist-info/RECORD": b""}, f"it has no {METADATA}", id="no METADATA"),
        pytest.param(
            {METADATA: build_metadata(), "other-1.0.dist-info/METADATA": build_metadata("other")},
            "it has more than one .dist-info folder",
            id="two",
        ),
        pytest.param(
            {"other-1.0.dist-info/METADATA": build_metadata()},
            "other-1.0.dist-info in it is not that of demo 1.0",
            id="of another project",
        ),
        pytest.param(
            {"demo-2.0.dist-info/METADATA": build_metadata()},
            "demo-2.0.dist-info in it is not that of demo 1.0",
            id="of another version",
        ),
        pytest.param(
            {".dist-info/METADATA": build_metadata()},
            ".dist-info in it is not that of demo 1.0",
            id="of nobody",
        ),
        pytest.param(
            {METADATA: build_metadata(), "demo-1.0.dist-info/RECORD": b""},
            "it has no demo-1.0.dist-info/WHEEL",
            id="no WHEEL",
        ),
        pytest.param(
            {METADATA: build_metadata(), "demo-1.0.dist-info/WHEEL": b""},
            "it has no demo-1.0.dist-info/RECORD",
            id="no RECORD",
        ),
        pytest.param(
            {
                METADATA: b" " * (5 * 1024**2 + 1),
                "demo-1.0.dist-info/WHEEL": b"",
                "demo-1.0.dist-info/RECORD": b"",
            },
            f"{METADATA} in it is larger than 5 MiB",
            id="bomb",
        ),
    ],
)
def test_a_wheel_without_its_metadata_is_refused(
    tmp_path: Path, members: Mapping[str, bytes], fault: str
) -> None:
    assert refusal(write_zip(tmp_path / WHEEL, members)).message.endswith(f": {fault}")


def test_a_wheel_with_two_metadata_files_is_refused(tmp_path: Path) -> None:
    path = build_wheel(tmp_path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(METADATA, build_metadata())
    assert refusal(path).message.endswith(f": it has more than one {METADATA}")


@pytest.mark.parametrize("write", [write_tar, write_zip])
@pytest.mark.parametrize(
    ("members", "fault"),
    [
        pytest.param({}, "it has no NAME-VERSION/PKG-INFO", id="empty"),
        pytest.param({"PKG-INFO": b""}, "it has no NAME-VERSION/PKG-INFO", id="no folder"),
        pytest.param({"demo-1.0/src/PKG-INFO": b""}, "it has no NAME-VERSION/PKG-INFO", id="too deep"),
        pytest.param(
            {PKG_INFO: build_metadata(), "other-1.0/PKG-INFO": build_metadata("other")},
            "it has more than one NAME-VERSION/PKG-INFO",
            id="two",
        ),
        pytest.param(
            {"demo-2.0/PKG-INFO": build_metadata()},
            "demo-2.0 in it is not the folder of demo 1.0",
            id="other",
        ),
        pytest.param(
            {PKG_INFO: b" " * (5 * 1024**2 + 1)}, f"{PKG_INFO} in it is larger than 5 MiB", id="bomb"
        ),
    ],
)
def test_an_sdist_without_its_metadata_is_refused(
    tmp_path: Path, write: Callable[..., Path], members: Mapping[str, bytes], fault: str
) -> None:
    path = tmp_path / (SDIST if write is write_tar else "demo-1.0.zip")
    assert refusal(write(path, members)).message.endswith(f": {fault}")


@pytest.mark.parametrize(
    "body",
    [b"", b"not gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0"],
    ids=["empty", "text", "no tar"],
)
def test_an_sdist_that_is_no_gzipped_tar_is_refused(tmp_path: Path, body: bytes) -> None:
    (tmp_path / SDIST).write_bytes(body)
    assert "it is not a whole gzipped tar file" in refusal(tmp_path / SDIST).message


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_an_sdist_whose_metadata_lies_elsewhere_is_refused(tmp_path: Path, kind: bytes) -> None:
    metadata = tarfile.TarInfo("demo-1.0/real")
    metadata.size = len(build_metadata())
    link = tarfile.TarInfo(PKG_INFO)
    link.type, link.linkname = kind, metadata.name
    with tarfile.open(tmp_path / SDIST, "w:gz") as archive:
        archive.addfile(metadata, io.BytesIO(build_metadata()))
        archive.addfile(link)
    assert refusal(tmp_path / SDIST).message.endswith(f": {PKG_INFO} in it is not a regular file")


@pytest.mark.parametrize("build", [build_wheel, build_sdist])
@pytest.mark.parametrize(
    ("metadata", "fault"),
    [
        pytest.param(
            build_metadata("other"), "its file name says demo 1.0, and its metadata other 1.0", id="name"
        ),
        pytest.param(
            build_metadata("demo", "2.0"), "its file name says demo 1.0, and its metadata demo 2.0", id="v"
        ),
        pytest.param(b"nothing", "is a required field", id="none"),
        pytest.param(b"\xff\xfe\0", "its metadata is invalid: ", id="no text"),
        pytest.param(
            build_metadata(requires_python="three"), "'three' is invalid for 'requires-python'", id="Python"
        ),
        pytest.param(
            build_metadata(headers=["Colour: red"]), "unrecognized field: 'colour'", id="unknown field"
        ),
        pytest.param(
            build_metadata(requires=["=", "x y"], headers=["Colour: red"]), "unrecognized field", id="several"
        ),
    ],
)
def test_a_file_that_lies_about_itself_is_refused(
    tmp_path: Path, build: Callable[..., Path], metadata: bytes, fault: str
) -> None:
    refused = refusal(build(tmp_path, metadata=metadata))
    assert fault in refused.message
    assert "python -m build" in refused.hint


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


@pytest.mark.parametrize("build", [build_wheel, build_sdist])
@given(st.data())
def test_no_damage_whatever_ends_in_a_traceback(
    scratch: Path, build: Callable[..., Path], data: st.DataObject
) -> None:
    path = build(scratch)
    body = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(body)
    try:
        read = Distribution.read(path)
    except InvalidDistribution:
        return
    assert read.metadata == build_metadata()
