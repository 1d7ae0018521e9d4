"""Real wheels and sdists, made in milliseconds: the same arguments give the same bytes."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import re
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WHEEL = b"Wheel-Version: 1.0\nGenerator: builders\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_PYPROJECT = b'[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'

# A build backend that needs nothing from a network: the sdist carries the wheel that it builds.
_BACKEND = b"""\
import pathlib
import shutil


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    (wheel,) = pathlib.Path("built").iterdir()
    return pathlib.Path(shutil.copy(wheel, wheel_directory)).name
"""


def build_wheel(
    folder: Path,
    name: str = "demo",
    version: str = "1.0",
    *,
    requires_python: str | None = None,
    requires: Iterable[str] = (),
    metadata: bytes | None = None,
    filename: str | None = None,
    files: Mapping[str, bytes] | None = None,
) -> Path:
    """Build a wheel that pip installs: one module, named after the project, with its ``VERSION``.

    ``metadata`` replaces METADATA, ``filename`` the normalised file name; ``files`` are further members
    (another content makes another sha256). The folder is made if need be.
    """
    module = escape(name)
    info = f"{module}-{version}.dist-info"
    members = {
        f"{module}.py": f"VERSION = {version!r}\n".encode(),
        **(files or {}),
        f"{info}/METADATA": metadata
        or build_metadata(name, version, requires_python=requires_python, requires=requires),
        f"{info}/WHEEL": _WHEEL,
    }
    members[f"{info}/RECORD"] = _installed_files(members, f"{info}/RECORD")
    return write_zip(folder / (filename or f"{module}-{version}-py3-none-any.whl"), members)


def build_sdist(
    folder: Path,
    name: str = "demo",
    version: str = "1.0",
    *,
    requires_python: str | None = None,
    requires: Iterable[str] = (),
    metadata: bytes | None = None,
    filename: str | None = None,
    files: Mapping[str, bytes] | None = None,
) -> Path:
    """Build an sdist that pip builds and installs without a network; arguments as for ``build_wheel``.

    ``metadata`` replaces PKG-INFO, ``filename`` may end with ``.zip``, and the folder inside is named
    after it.
    """
    path = folder / (filename or f"{escape(name)}-{version}.tar.gz")
    with tempfile.TemporaryDirectory() as scratch:
        built = build_wheel(Path(scratch), name, version, requires_python=requires_python, requires=requires)
        members = {
            "PKG-INFO": metadata
            or build_metadata(name, version, requires_python=requires_python, requires=requires),
            "pyproject.toml": _PYPROJECT,
            "backend.py": _BACKEND,
            f"built/{built.name}": built.read_bytes(),
            **(files or {}),
        }
    top = re.sub(r"\.(tar\.gz|zip)$", "", path.name)
    write = write_zip if path.suffix == ".zip" else write_tar
    return write(path, {f"{top}/{member}": content for member, content in members.items()})


def build_metadata(
    name: str = "demo",
    version: str = "1.0",
    *,
    requires_python: str | None = None,
    requires: Iterable[str] = (),
    headers: Iterable[str] = (),
    metadata_version: str = "2.2",
    description: str = "",
) -> bytes:
    """Core metadata as a build backend writes it; ``headers`` are further lines of it."""
    lines = [f"Metadata-Version: {metadata_version}", f"Name: {name}", f"Version: {version}"]
    if requires_python is not None:
        lines.append(f"Requires-Python: {requires_python}")
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    return "\n".join([*lines, *headers, "", description]).encode()


def escape(name: str) -> str:
    """Return the project's name as it stands in the name of a modern wheel or sdist."""
    return re.sub(r"[-_.]+", "_", name).lower()


def write_zip(path: Path, members: Mapping[str, bytes]) -> Path:
    """Write a zip file whose members all have the same date."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return path


def write_tar(path: Path, members: Mapping[str, bytes]) -> Path:
    """Write a gzipped tar file whose members, and whose gzip header, all have the same date."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.GzipFile(path, "w", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def _installed_files(members: Mapping[str, bytes], record: str) -> bytes:
    """Return the RECORD of a wheel, which lists itself without a hash."""
    lines = [f"{name},sha256={_urlsafe_sha256(content)},{len(content)}" for name, content in members.items()]
    return "\n".join([*lines, f"{record},,", ""]).encode()


def _urlsafe_sha256(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
