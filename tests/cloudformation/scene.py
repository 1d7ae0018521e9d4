"""A repository on the embedded server, its owner, and somebody with a policy who runs commands on it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import shlex
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import boto3  # noqa: TID251  # its sessions are replaced by ones that tell what they send, or refuse it
import pytest

from s3pypi_admin.__main__ import main as s3pypi_admin
from s3pypi_core.aws.s3_bucket import S3Bucket
from s3pypi_core.bucket import PAGE_HEADERS, distribution_headers
from s3pypi_deploy.__main__ import main as s3pypi_deploy
from s3pypi_twine.__main__ import main as s3twine
from tests.builders import build_wheel
from tests.cloudformation.policy_docs import statements_for_a_source
from tests.repositories import UPLOAD_TIME, publish, unheard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cloudformation.iam import Statement
    from tests.cloudformation.recorder import Caller


@dataclass(frozen=True)
class Scene:
    """``owner`` may do anything, and nobody writes down what; ``caller`` runs the commands.

    ``sources`` are what the caller is granted besides a policy of the repository. The section ``acme`` of the
    configuration names a distribution, ``trial`` does not.
    """

    owner: S3Bucket
    caller: Caller
    folder: Path
    sources: list[Statement] = field(default_factory=list)

    def run(self, command: str, *, ends_with: int = 0) -> str:
        """Run a command of s3twine as the caller; return all that it says. It ends with this status."""
        words = shlex.split(command)
        target = [] if "-r" in words else ["-r", "acme"]
        return self._perform(lambda: s3twine([*words, *target]), ends_with)

    def administer(self, command: str, stdin: str = "") -> str:
        """Run a command of s3pypi-admin likewise; it succeeds."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdin", io.StringIO(stdin))
            return self._perform(lambda: s3pypi_admin(["-r", "acme", *command.split()]), 0)

    def examine(self, command: str) -> str:
        """Run a command of s3pypi-deploy likewise."""
        return self._perform(lambda: s3pypi_deploy(command.split()), 0)

    def _perform(self, main: Callable[[], int], ends_with: int) -> str:
        said = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, _written_to(said):
            patch.setattr(boto3, "Session", self.caller.session())
            status = main()
        assert status == ends_with, said.getvalue()
        return said.getvalue()

    def publish(self, name: str, *versions: str) -> None:
        """Let the owner publish a wheel of each version, 1.0 if none is given."""
        publish(self.owner, *(self.wheel(name, version) for version in versions or ["1.0"]))

    def wheel(self, name: str, version: str = "1.0") -> Path:
        """A wheel on this machine."""
        return build_wheel(self.folder / "dist", name, version)

    def new_source(self, prefix: str = "") -> str:
        """A bucket that s3pypi filled, and that the caller may read; return its address."""
        source = S3Bucket.open(f"source-{uuid.uuid4().hex}")
        source.make()
        self._fill(source, prefix, "moved")
        self._let_read(statements_for_a_source(source.name))
        return f"s3://{source.name}/{prefix}"

    def old_project(self, name: str) -> str:
        """A project of s3pypi in the bucket itself, whose folder the caller may read; return its address."""
        self._fill(self.owner, "", name)
        place = f"arn:aws:s3:::{self.owner.name}/{name}/*"
        self._let_read([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": place}])
        return f"s3://{self.owner.name}/"

    def _fill(self, bucket: S3Bucket, prefix: str, name: str) -> None:
        wheel = self.wheel(name)
        page = f'<a href="{wheel.name}">{wheel.name}</a>'.encode()
        bucket.create(f"{prefix}{name}/index.html", page, PAGE_HEADERS)
        bucket.create(f"{prefix}{name}/{wheel.name}", wheel.read_bytes(), PAGE_HEADERS)

    def _let_read(self, granted: list[Statement]) -> None:
        self.sources.extend(granted)
        self.caller.statements = [*self.caller.statements, *granted]

    def leave_unlisted(self, name: str, version: str) -> str:
        """Let the owner stop in the middle of an upload: a file that no record lists; return its key."""
        wheel = self.wheel(name, version)
        sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
        headers = distribution_headers(wheel.name, sha256, UPLOAD_TIME)
        key = f"packages/{name}/{wheel.name}"
        self.owner.create_file(key, wheel, headers, sha256=sha256, sent=unheard)
        return key

    def everything(self) -> list[tuple[str, str]]:
        """Every version of every object, by key and id."""
        pages = self.owner.client.get_paginator("list_object_versions").paginate(Bucket=self.owner.name)
        return [
            (entry["Key"], entry["VersionId"])
            for page in pages
            for entry in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
        ]


@contextlib.contextmanager
def _written_to(said: io.StringIO) -> Iterator[None]:
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        yield
