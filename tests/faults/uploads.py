"""An upload of two projects, and what has to hold of it whatever went wrong."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.page import project_page, root_page
from s3pypi_edge.keys import ROOT_PAGE, normalize, page_key
from s3pypi_twine.__main__ import main
from tests.builders import build_wheel
from tests.proxy import proxy
from tests.repositories import assert_installable, body, file_names, record_of, root_of

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket
    from tests.proxy import Request


class Outcome(NamedTuple):
    """How a run of ``s3twine upload --json`` ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Upload:
    """The second release of a project, and the first of another."""

    bucket: S3Bucket
    first: Path
    files: tuple[Path, Path]
    old: str
    new: str

    @classmethod
    def build(cls, bucket: S3Bucket, folder: Path, number: int = 0) -> Upload:
        """Build what is uploaded: by the number, other names of the same length."""
        old, new = f"old{number:03}", f"new{number:03}"
        second, other = build_wheel(folder, old, "2.0"), build_wheel(folder, new, "1.0")
        return cls(bucket, build_wheel(folder, old, "1.0"), (second, other), old, new)

    def run(self, endpoint: str) -> Outcome:
        """Run the program in this process, through an endpoint."""
        out, err = io.StringIO(), io.StringIO()
        target = ["--repository-url", f"s3://{self.bucket.name}", "--endpoint-url", endpoint]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(["upload", "--json", *target, *map(str, self.files)])
        return Outcome(code, out.getvalue(), err.getvalue())

    def requests(self, endpoint: str) -> list[Request]:
        """Every request of a run in which nothing goes wrong."""
        seen: list[Request] = []
        with proxy(endpoint, seen.append) as counted:
            outcome = self.run(counted)
        assert outcome.code == 0, outcome
        return seen

    def like(self, request: Request, other: Upload) -> Request:
        """The request of this upload that is what ``request`` was of another."""
        path = request.path.replace(other.old, self.old).replace(other.new, self.new)
        return request._replace(path=path)

    def assert_honest(self, outcome: Outcome) -> None:
        """Success means that all is listed everywhere; a failure is told in a sentence, and tells no lie."""
        assert outcome.code in (0, 1), outcome
        assert outcome.err.startswith("error: ") == bool(outcome.code), outcome
        for file in json.loads(outcome.out)["files"]:
            if file["result"] in {"new", "already there"}:
                project = file["filename"].partition("-")[0]
                assert file["filename"] in file_names(self.bucket, project), outcome
        if outcome.code == 0:
            self.assert_finished()

    def assert_finished(self) -> None:
        """Both projects are listed everywhere."""
        assert body(self.bucket, ROOT_PAGE) == root_page(root_of(self.bucket))
        for name in (self.old, self.new):
            self.assert_visible(name)

    def assert_visible(self, name: str) -> None:
        """What this upload adds to the project is on its record and its page, and the root names it."""
        record = record_of(self.bucket, name)
        assert any(record.file(file.name) for file in self.files)
        assert body(self.bucket, page_key(record.project)) == project_page(record)
        assert name in root_of(self.bucket).projects
        assert f'href="{name}/"'.encode() in body(self.bucket, ROOT_PAGE)

    def assert_nothing_lost(self) -> None:
        """What was listed is listed, what is listed installs, and every page is written to its end."""
        root, (root_html, old, new) = root_of(self.bucket), map(self._page, (None, self.old, self.new))
        assert self.old in root.projects
        assert self.old.encode() in root_html
        assert self.first.name in file_names(self.bucket, self.old)
        assert self.first.name.encode() in old
        for name in {self.old, self.new}.intersection(root.projects):
            assert_installable(self.bucket, name)
        for page in filter(None, (root_html, old, new)):
            assert page.endswith(b"</html>\n")

    def _page(self, name: str | None) -> bytes:
        """The page of a project or of the root; nothing where there is none."""
        page = self.bucket.get(page_key(normalize(name)) if name else ROOT_PAGE)
        return page.body if page else b""
