"""The function's zip: the package ``s3pypi_edge``, with the configuration of one repository in it."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import zipfile
import zlib
from importlib.resources import files
from typing import TYPE_CHECKING

from s3pypi_edge.config import CONFIG_FILE, EdgeConfig

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.abc import Traversable

_PACKAGE = "s3pypi_edge"
_CONFIG = f"{_PACKAGE}/{CONFIG_FILE}"
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # zip knows no earlier one
_READABLE = (stat.S_IFREG | 0o644) << 16  # Lambda runs the function as a user of its own
_UNIX = 3


def build_zip(config: Mapping[str, object]) -> bytes:
    """What Lambda is given: the same bytes from a checkout and from an installed wheel.

    Raises ValueError, with a sentence, for a configuration that the function would refuse.
    """
    settings = json.dumps(config, sort_keys=True).encode()
    EdgeConfig.parse(settings)
    members = {**dict(_modules(files(_PACKAGE), _PACKAGE)), _CONFIG: settings}
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name in sorted(members):
            archive.writestr(zip_member(name, zipfile.ZIP_DEFLATED), members[name])
    return body.getvalue()


def read_config(code: bytes) -> Mapping[str, object]:
    """The configuration in a zip of the function. Raises ValueError for what is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(code)) as archive:
            config = json.loads(archive.read(_CONFIG))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:  # the last: it is encrypted
        raise ValueError(f"not a zip: {error}") from error
    except KeyError as error:
        raise ValueError(f"there is no {_CONFIG} in it") from error
    if not isinstance(config, dict):
        raise ValueError(f"its {CONFIG_FILE} is not an object")  # noqa: TRY004  # one error for what is none
    return config


def code_hash(body: bytes) -> str:
    """What tells the contents of one zip from those of another: 12 hexadecimal digits of a SHA-256."""
    digest = hashlib.sha256()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for name in sorted(archive.namelist()):
            # Not every zlib packs the same files into the same bytes; another hash would be another version.
            digest.update(f"{name}\0{hashlib.sha256(archive.read(name)).hexdigest()}\0".encode())
    return digest.hexdigest()[:12]


def _modules(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    """The modules below a folder, by their names in the zip: nothing compiled, nothing for type checkers."""
    for entry in folder.iterdir():
        name = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _modules(entry, name)
        elif name.endswith(".py"):
            yield name, entry.read_bytes()


def zip_member(name: str, compression: int = zipfile.ZIP_STORED) -> zipfile.ZipInfo:
    """A file that everybody may read, and that is the same wherever and whenever the zip is made."""
    member = zipfile.ZipInfo(name, _FIRST_DAY)
    member.compress_type = compression
    member.create_system = _UNIX
    member.external_attr = _READABLE
    return member
