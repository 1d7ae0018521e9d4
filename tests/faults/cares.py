"""The commands that look after a repository: what each needs to be there, and what it leaves."""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3pypi_core.page import project_page
from s3pypi_edge.keys import file_key, normalize, page_key
from s3pypi_twine.__main__ import main
from tests.builders import build_wheel
from tests.care import delete
from tests.faults.uploads import Outcome
from tests.repositories import assert_installable, body, publish, record_of, root_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from s3pypi_core.bucket import Bucket
    from s3pypi_core.record import Record

VERSIONS = ("1.0", "2.0", "3.0.dev1")


@dataclass(frozen=True)
class Care:
    """A command: its ``words``, with NAME for the project and FOLDER for files to bring in.

    ``versions`` are the releases that are there before, or were before all were deleted; ``left`` are those
    that are listed when it is done, ``gone`` those of which no object is left.
    """

    words: str
    left: Sequence[str] = VERSIONS
    gone: Sequence[str] = ()
    holds: Callable[[Record], bool] = lambda record: not record.withheld
    versions: Sequence[str] = VERSIONS
    deleted_first: bool = False

    def prepare(self, bucket: Bucket, folder: Path, names: Sequence[str]) -> None:
        """Make these projects what the command needs."""
        wheels = [build_wheel(folder / "old", name, version) for name in names for version in self.versions]
        publish(bucket, *wheels)
        for name in names:
            build_wheel(folder / "new" / name, name, "4.0")
            if self.deleted_first:
                delete(bucket, name)

    def arguments(self, folder: Path, name: str) -> list[str]:
        """What is typed for this project."""
        return self.words.replace("FOLDER", str(folder / "new" / name)).replace("NAME", name).split()

    def assert_done(self, bucket: Bucket, name: str) -> None:
        """It has done all that it is for."""
        record = record_of(bucket, name)
        assert record.versions == list(self.left)
        assert self.holds(record)
        assert (name in root_of(bucket).projects) == bool(self.left)
        assert body(bucket, page_key(record.project)) == project_page(record)
        assert_installable(bucket, name)
        keys = [entry.key for entry in bucket.list(file_key(record.project, ""))]
        assert not [key for key in keys for version in self.gone if f"-{version}-" in key]


def _is_yanked(record: Record) -> bool:
    return [file.yanked for file in record.files] == ["broken", False, False]


CARES = {
    "yank": Care("yank NAME==1.0 --reason broken", holds=_is_yanked),
    "status": Care("status NAME quarantined", holds=lambda record: len(record.withheld) == len(VERSIONS)),
    "delete": Care(
        "delete NAME==1.0 --yes", VERSIONS[1:], ["1.0"], holds=lambda record: len(record.removed) == 1
    ),
    "delete all": Care(
        "delete NAME --all --yes", (), ["1.0"], lambda record: len(record.removed) == 1, versions=["1.0"]
    ),
    "forget": Care(
        "delete NAME==1.0 --forget --yes", VERSIONS[1:], ["1.0"], holds=lambda record: not record.removed
    ),
    "undelete": Care(
        "undelete NAME==1.0",
        ["1.0"],
        holds=lambda record: len(record.removed) == 1,
        versions=VERSIONS[:2],
        deleted_first=True,
    ),
    "prune": Care(
        "prune NAME --keep 0 --pre-releases-only --yes",
        VERSIONS[:2],
        ["3.0.dev1"],
        holds=lambda record: len(record.removed) == 1,
    ),
    "import": Care("import FOLDER --jobs 1", (*VERSIONS, "4.0")),
}


def run(bucket: Bucket, endpoint: str, arguments: Sequence[str]) -> Outcome:
    """Run a command in this process, through an endpoint."""
    out, err = io.StringIO(), io.StringIO()
    target = ["--json", "--repository-url", f"s3://{bucket.name}", "--endpoint-url", endpoint]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([*arguments, *target])
    return Outcome(code, out.getvalue(), err.getvalue())


def assert_honest(outcome: Outcome) -> None:
    """A failure is told in a sentence, or, where it is one of many files, in the report."""
    assert outcome.code in (0, 1), outcome
    assert (outcome.err.startswith("error: ") or '"failed"' in outcome.out) == bool(outcome.code), outcome


def assert_nobody_is_misled(bucket: Bucket, name: str) -> None:
    """Whatever the record or the page lists can be installed, and the root names who has files."""
    record = record_of(bucket, name)
    assert_installable(bucket, name)
    page = body(bucket, page_key(normalize(name))).decode()
    assert page.endswith("</html>\n")
    for filename in re.findall(r'href="([^"#]+)#sha256', page):
        assert bucket.head(file_key(record.project, filename)) is not None, filename
