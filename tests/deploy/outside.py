"""The network as a stranger and a member see it: a repository on its domain, and its bucket beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from s3pypi_core.origin import Origin
from s3pypi_deploy import commands
from s3pypi_deploy.web import Answer, NoAnswer
from s3pypi_edge.places import find_place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pytest

HTTPS = Origin("https", "pypi.acme.com", 443)
HTTP = Origin("http", "pypi.acme.com", 80)
S3 = Origin("https", "acme.s3.eu-central-1.amazonaws.com", 443)
DATE = {"date": "Sun, 22 Nov 2026 18:00:00 GMT"}
NOW = 1795370400.0
CHALLENGE = {"www-authenticate": 'Basic realm="pypi.acme.com"', **DATE}
# What the edge function makes itself, and what S3 says of a key that is not there.
NOT_FOUND_BY_THE_FUNCTION = Answer(404, {"cache-control": "no-store"}, b"There is nothing here.\n")
NOT_FOUND_BY_S3 = Answer(404, {"content-type": "application/xml"}, b"<Error><Code>NoSuchKey</Code></Error>")


def empty_index(key: str) -> bytes | None:
    """What a bucket holds in which nothing was published."""
    return b'{"projects": []}' if key == "packages/index.json" else None


@dataclass
class Outside:
    """All is as it should be, but for ``answers``, by origin, path, and whether a member asks.

    ``read`` gives the bytes of a key of the bucket. ``sent`` is who was asked for what so far.
    """

    answers: dict[tuple[Origin, str, bool], Answer | NoAnswer] = field(default_factory=dict)
    read: Callable[[str], bytes | None] = empty_index
    sent: list[tuple[Origin, str, bool]] = field(default_factory=list)

    def get(self, origin: Origin, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """See Web.get. Credentials that go out in clear end the test."""
        member = "Authorization" in (headers or {})
        assert origin.keeps_secrets or not member, f"credentials were sent in clear to {origin}"
        self.sent.append((origin, path, member))
        answer = self.answers.get((origin, path, member)) or self._usual(origin, path, member=member)
        if isinstance(answer, NoAnswer):
            raise answer
        return answer

    def _usual(self, origin: Origin, path: str, *, member: bool) -> Answer | NoAnswer:
        if origin.host.endswith(".amazonaws.com"):
            return Answer(403, {}, b"AccessDenied")
        if origin == HTTP:
            return NoAnswer(HTTP, "Connection refused")
        return self._let_in(path) if member else Answer(401, CHALLENGE, b"")

    def _let_in(self, path: str) -> Answer:
        """What somebody with ``*`` gets."""
        place = find_place(path)
        if place is None:
            return NOT_FOUND_BY_THE_FUNCTION
        found = self.read(unquote(place.uri("json").removeprefix("/")))
        return NOT_FOUND_BY_S3 if found is None else Answer(200, {}, found)


def install(command: Sequence[str], _environ: Mapping[str, str]) -> int:
    """What a pip that installs the probe leaves behind."""
    target = Path(command[command.index("--target") + 1])
    target.mkdir()
    (target / "s3pypi_probe.py").write_text("")
    return 0


def put_outside(outside: Outside, patch: pytest.MonkeyPatch) -> None:
    """Let ``doctor`` see this network, as somebody with credentials, and pip too."""
    patch.setattr(commands, "DirectWeb", lambda: outside)
    patch.setattr(commands, "resolve", lambda _host: ["192.0.2.1"])
    patch.setattr(commands, "find_credential", lambda _url: ("__token__", "s3p_secret"))
    patch.setattr(commands, "run_program", install)
    patch.setattr(commands, "time", SimpleNamespace(time=lambda: NOW))  # only for doctor
