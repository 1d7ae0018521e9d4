from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import s3pypi_edge
from s3pypi_deploy.edge_zip import _modules, build_zip, code_hash
from tests.edge.events import viewer_request

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG = {
    "bucket": "acme-pypi",
    "region": "eu-central-1",
    "realm": "pypi.acme.com",
    "hosts": ["pypi.acme.com"],
}
LARGEST = 100_000  # bytes
CLOSED = {**CONFIG, "endpoints": {"s3": "http://127.0.0.1:1"}}

PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from s3pypi_edge.handler import handle
print(json.dumps(handle(json.load(sys.stdin), None)))
"""


def opened(body: bytes) -> zipfile.ZipFile:
    """The zip, to be looked into."""
    return zipfile.ZipFile(io.BytesIO(body))


def test_it_holds_the_modules_of_the_edge_and_the_configuration_and_nothing_else() -> None:
    source = Path(s3pypi_edge.__file__).parent
    modules = {f"s3pypi_edge/{path.name}": path.read_bytes() for path in source.glob("*.py")}
    with opened(build_zip(CONFIG)) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    assert json.loads(held.pop("s3pypi_edge/config.json")) == CONFIG
    assert held == modules


def test_the_same_configuration_gives_the_same_bytes_in_whatever_order_it_is_written() -> None:
    backwards = dict(reversed(CONFIG.items()))
    assert list(backwards) != list(CONFIG)
    assert build_zip(backwards) == build_zip(CONFIG)
    assert code_hash(build_zip({**CONFIG, "realm": "other"})) != code_hash(build_zip(CONFIG))


def test_nothing_of_the_machine_that_built_it_is_in_it() -> None:
    with opened(build_zip(CONFIG)) as archive:
        members = archive.infolist()
    assert [member.filename for member in members] == sorted(member.filename for member in members)
    for member in members:
        assert member.date_time == (1980, 1, 1, 0, 0, 0)
        assert (member.create_system, member.external_attr >> 16) == (3, 0o100644)


def test_the_hash_is_that_of_the_contents_however_they_are_packed() -> None:
    body = build_zip(CONFIG)
    stored = io.BytesIO()
    with opened(body) as archive, zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as other:
        for name in reversed(archive.namelist()):
            other.writestr(name, archive.read(name))
    assert stored.getvalue() != body
    assert code_hash(stored.getvalue()) == code_hash(body)
    assert re.fullmatch("[0-9a-f]{12}", code_hash(body))


def test_it_is_small(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(build_zip(CONFIG)) < LARGEST
    assert capsys.readouterr() == ("", "")


def test_a_folder_in_the_package_comes_along_without_what_is_compiled(tmp_path: Path) -> None:
    for name in ("one.py", "py.typed", "inner/two.py", "__pycache__/one.cpython-313.pyc"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode())
    assert dict(_modules(tmp_path, "package")) == {
        "package/one.py": b"one.py",
        "package/inner/two.py": b"inner/two.py",
    }


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        pytest.param({}, "bucket", id="nothing in it"),
        pytest.param({**CONFIG, "hosts": "pypi.acme.com"}, "hosts", id="wrong"),
        pytest.param({**CONFIG, "extra": 1}, "unknown keys: extra", id="unknown"),
    ],
)
def test_a_configuration_that_the_function_would_refuse_is_refused_here(
    config: Mapping[str, object], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        build_zip(config)


def test_the_function_runs_from_it_with_the_standard_library_alone(tmp_path: Path) -> None:
    file = tmp_path / "edge.zip"
    file.write_bytes(build_zip(CLOSED))
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PROGRAM, str(file)],
        check=True,
        capture_output=True,
        text=True,
        env={"AWS_ACCESS_KEY_ID": "AKLOCAL", "AWS_SECRET_ACCESS_KEY": "secret"},
        input=json.dumps(viewer_request()),
    )
    # Nothing listens where it should read the users: it is configured, and lets nobody in.
    assert json.loads(run.stdout.splitlines()[-1])["status"] in {"401", "503"}
