"""pip itself, on the same bytes: it chooses what the record says, by version and by hash."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from tests.jury.exhibit import Exhibit
from tests.repositories import root_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s3pypi_core.memory_bucket import MemoryBucket

pytestmark = pytest.mark.xdist_group("jury")


def test_pip_chooses_the_wheel_that_the_record_lists_with_its_hash(
    corpus: MemoryBucket, tmp_path: Path
) -> None:
    for key, stored in corpus.objects.items():
        place = tmp_path / key
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(stored.body)
    expected = dict(_newest_wheels(corpus))
    assert len(expected) > 150
    # An index may be a folder: pip reads index.html of each project in it, and opens no socket.
    assert _pip_chooses(tmp_path / "packages", *expected) == expected


def _newest_wheels(bucket: MemoryBucket) -> Iterator[tuple[str, str]]:
    """Each project's newest version, as a requirement, with the hash of its wheel that any Python takes."""
    for project in root_of(bucket).projects:
        fitting = {}
        for entry in Exhibit.of(bucket, project).document["files"]:
            python = SpecifierSet(entry.get("requires-python", ""))
            if entry["filename"].endswith("py3-none-any.whl") and platform.python_version() in python:
                _, version, build, _ = parse_wheel_filename(entry["filename"])
                fitting[version, build] = entry["hashes"]["sha256"]
        if fitting:
            yield f"{project}=={max(fitting)[0]}", fitting[max(fitting)]


def _pip_chooses(index: Path, *requirements: str) -> dict[str, str]:
    """The hash of what pip would install for each requirement."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-deps"]
    options = ["--quiet", "--only-binary", ":all:", "--no-cache-dir", "--report", "-"]
    done = subprocess.run(
        [*command, *options, "--index-url", index.as_uri(), *requirements],
        env={"PATH": os.environ["PATH"], "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return {_pinned(item["metadata"]): _sha256(item) for item in json.loads(done.stdout)["install"]}


def _pinned(metadata: dict[str, Any]) -> str:
    return f"{canonicalize_name(metadata['name'])}=={Version(metadata['version'])}"


def _sha256(item: dict[str, Any]) -> str:
    digest: str = item["download_info"]["archive_info"]["hashes"]["sha256"]
    return digest
