"""What becomes of a request: the answer, and the line that it leaves in the log."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_edge.cloudfront import NO_HEADERS, generate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_edge.cloudfront import Answer


class Decision(NamedTuple):
    """The answer, and what the log says about it; ``who`` only ever names one who proved it."""

    answer: Answer
    reason: str = ""
    who: str | None = None
    kind: str | None = None
    project: str | None = None
    file: str | None = None

    def log_line(self) -> str:
        """One line of JSON, with nothing in it that a stranger sent.

        Except the name of an AWS session, which AWS vouches for having been chosen, and nothing more.
        """
        facts = {"who": self.who, "kind": self.kind, "project": self.project, "file": self.file}
        return json.dumps({**facts, "verdict": self.answer.get("status", "pass"), "reason": self.reason})


def refuse(
    status: HTTPStatus, sentence: str, headers: Mapping[str, str] = NO_HEADERS, reason: str = ""
) -> Decision:
    """An answer made here; the log says ``reason``, or else what the status says."""
    return Decision(generate(status, sentence, headers), reason or status.phrase.lower())


def turn_away(realm: str, reason: str) -> Decision:
    """The answer to everyone who does not belong, wherever they ask."""
    # Never 403 or 404: only a challenge makes pip and its kin ask their keyring.
    challenge = {"WWW-Authenticate": f'Basic realm="{realm}"'}
    return refuse(HTTPStatus.UNAUTHORIZED, "Valid credentials are needed here.", challenge, reason)
