"""What becomes of an answer from the bucket: a project that is not here may be on the public index."""

from __future__ import annotations

from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_edge.cloudfront import generate
from s3pypi_edge.decision import Decision
from s3pypi_edge.keys import Project, normalize, page_key, record_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_edge.cloudfront import Answer, Event, Request
    from s3pypi_edge.config import EdgeConfig

_METHODS = ("GET", "HEAD")
# CloudFront: what an origin-response function may not add, change or remove. S3 sends its errors chunked.
_READ_ONLY = ("transfer-encoding", "via")


class Fallback(NamedTuple):
    """Answers origin-response events for one repository; ``config`` is None where it could not be read."""

    config: EdgeConfig | None
    log: Callable[[str], object]

    def answer(self, event: Event) -> Answer:
        """The bucket's answer as it came, or a redirect to the upstream's page for the same project.

        Whatever goes wrong, the bucket's answer stays: a name that is not found installs nothing, and one
        that goes upstream may install a stranger's files.
        """
        cf = event["Records"][0]["cf"]
        response: Answer = cf["response"]
        try:
            return self._redirect(cf["request"], response) or response
        except Exception as error:  # noqa: BLE001  # likewise
            self._say(None, response, f"failed with {type(error).__name__}")
            return response

    def _redirect(self, request: Request, response: Answer) -> Answer | None:
        config = self.config
        if config is None or config.upstream is None or response["status"] != "404":
            return None
        project = missing_project(request)
        if project is None:
            return None
        if any(fnmatchcase(project, glob) for glob in config.reserved):
            self._say(project, response, "reserved")
            return None
        redirect = _found(response, f"{config.upstream}{project}/")
        self._say(project, redirect, "upstream")
        return redirect

    def _say(self, project: Project | None, answer: Answer, reason: str) -> None:
        """One line of JSON, in the form of the other function's; who asked is not known here."""
        self.log(Decision(answer, reason, project=project).log_line())


def missing_project(request: Request) -> Project | None:
    """The project whose record or page was asked for; None for the root, a file, and everything else."""
    parts = request["uri"].split("/")
    if request["method"] not in _METHODS or len(parts) != len(("", "packages", "project", "index")):
        return None
    try:
        project = normalize(parts[2])
    except ValueError:
        return None
    # In its one spelling, and at one of the two keys to which the viewer-request function leads.
    return project if request["uri"] in (f"/{record_key(project)}", f"/{page_key(project)}") else None


def _found(response: Answer, location: str) -> Answer:
    """A redirect in place of the response.

    302: only GET and HEAD get here, so 307 would promise nothing more, and every client knows 302. It is
    temporary: the project may be published here at any time, and then no cache may know another place.
    """
    answer = generate(HTTPStatus.FOUND, "It may be on the public index.", {"Location": location})
    kept = {name: response["headers"][name] for name in _READ_ONLY if name in response["headers"]}
    return {**answer, "headers": {**answer["headers"], **kept}}
