from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.errors import RepositoryError, UsageError
from s3pypi_deploy.edge_zip import build_zip
from s3pypi_deploy.export import write_export
from s3pypi_deploy.templates import bucket_template
from tests.deploy.places import ZONED, settings

if TYPE_CHECKING:
    from pathlib import Path

# Writes down what it is called with, and answers as the AWS CLI does.
_AWS = """\
#!/bin/sh
printf '%s\\n' "$*" | tr '\\n' ' ' >> "$CALLS"; echo >> "$CALLS"
case "$*" in
  *get-caller-identity*) echo 123456789012 ;;
  *WebAclArn*) echo None ;;
  *describe-stacks*) echo an-output ;;
  *head-bucket*) exit 1 ;;
esac
"""


def export(folder: Path) -> None:
    write_export(settings(*ZONED, "--bucket", "acme-wheels", "--tag", "team=the packages"), folder)


def test_everything_that_a_deployment_needs_is_there(tmp_path: Path) -> None:
    export(tmp_path / "new" / "folder")
    folder = tmp_path / "new" / "folder"
    names = {path.name for path in folder.iterdir()}
    assert names == {"bucket.yaml", "edge.yaml", "cdn.yaml", "edge.zip", "deploy.sh"}
    assert (folder / "bucket.yaml").read_text() == bucket_template("acme-wheels")
    config = settings(*ZONED, "--bucket", "acme-wheels").edge_config("acme-wheels")
    assert (folder / "edge.zip").read_bytes() == build_zip(config)


def test_the_script_deploys_three_stacks_and_carries_outputs_over(tmp_path: Path) -> None:
    export(tmp_path / "out")
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "aws").write_text(_AWS)
    (tools / "aws").chmod(0o755)
    calls = tmp_path / "calls"
    environ = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "CALLS": str(calls)}
    subprocess.run([str(tmp_path / "out" / "deploy.sh")], check=True, env=environ)
    deploys = [line for line in calls.read_text().splitlines() if line.startswith("cloudformation deploy")]
    assert [line.split("--stack-name ")[1].split()[0] for line in deploys] == [
        "acme-bucket",
        "acme-edge",
        "acme-cdn",
    ]
    assert "--region us-east-1" in deploys[1]
    assert "CodeBucket=acme-edge-code-123456789012" in deploys[1]
    assert "ViewerRequestArn=an-output" in deploys[2]
    assert "WebAclArn= " in deploys[2]
    assert "--tags team=the packages" in deploys[0]
    assert "s3api create-bucket --bucket acme-edge-code-123456789012" in calls.read_text()


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not here")
def test_the_script_is_a_clean_one(tmp_path: Path) -> None:  # pragma: no cover - where there is shellcheck
    export(tmp_path)
    subprocess.run(["shellcheck", str(tmp_path / "deploy.sh")], check=True)


def test_without_tags_none_are_given(tmp_path: Path) -> None:
    write_export(settings(*ZONED, "--bucket", "acme-wheels"), tmp_path)
    assert "--tags" not in (tmp_path / "deploy.sh").read_text()


def test_without_a_bucket_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="export needs the name of the bucket"):
        write_export(settings(*ZONED), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RepositoryError, match="cannot be written"):
        export(tmp_path / "file" / "folder")
