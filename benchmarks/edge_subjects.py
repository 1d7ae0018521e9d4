"""The handlers that ``edge.py`` measures: where they lie, and what they weigh as they are deployed."""

from __future__ import annotations

import importlib.util
import io
import json
import shutil
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

from benchmarks.edge_aws import BUCKET
from benchmarks.edge_users import HOST, TOKEN

ROOT = Path(__file__).resolve().parents[1]


class Subject(NamedTuple):
    """A handler that is measured: where it lies, and who comes in."""

    name: str
    folder: Path
    module: str
    function: str
    secret: str = "password-0"  # noqa: S105  # made up, as all users here


def our_subject(folder: Path, endpoint: str) -> Subject:
    """The function as it is deployed: its modules, and a configuration."""
    package = folder / "ours" / "s3pypi_edge"
    shutil.copytree(ROOT / "edge" / "s3pypi_edge", package, ignore=shutil.ignore_patterns("__pycache__"))
    config = {
        "bucket": BUCKET,
        "region": "us-east-1",
        "realm": HOST,
        "hosts": [HOST],
        "endpoints": {"s3": endpoint, "sts": endpoint},
    }
    (package / "config.json").write_text(json.dumps(config))
    return Subject("ours", folder / "ours", "s3pypi_edge.handler", "handle", TOKEN)


def peer(folder: Path, source: Path, name: str, module: str, function: str) -> Subject:
    """A copy of a peer's code: nothing is left where it lies."""
    shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return Subject(name, folder / name, module, function)


def zip_size(subject: Subject, modules: set[str], compression: int) -> float:
    """KB of a zip of all files of the handler, and of everything it imports that Python does not have.

    Of ours that is the zip that is deployed: the whole package, with a configuration.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for file in sorted(subject.folder.rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                archive.write(file, str(file.relative_to(subject.folder)))
        for file in _libraries(modules):
            archive.write(file)
    return packed.tell() / 1000


def _libraries(modules: set[str]) -> list[Path]:
    found: list[Path] = []
    for name in sorted(modules - set(sys.stdlib_module_names) - {"__main__"}):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None or "site-packages" not in spec.origin:
            continue
        origin = Path(spec.origin)
        files = origin.parent.rglob("*") if origin.name == "__init__.py" else [origin]
        found += [file for file in files if file.is_file() and file.suffix != ".pyc"]
    return found
