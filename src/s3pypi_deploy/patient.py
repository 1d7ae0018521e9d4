"""What ``doctor`` looks at, and what it finds."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s3pypi_core.origin import Origin
    from s3pypi_deploy.web import Web

OK, FAILED, SKIPPED = "ok", "FAILED", "skipped"


class Check(NamedTuple):
    """A check that was made, and what it found; ``remedy`` is what to do about a failure."""

    name: str
    verdict: str
    detail: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        """For programs."""
        return {"check": self.name, "verdict": self.verdict, "detail": self.detail, "remedy": self.remedy}


@dataclass(frozen=True)
class Patient:
    """A repository as it is seen from outside. ``s3`` is where its bucket answers, and the path to keys.

    ``credential`` is a user name and a password, or None; neither is ever part of a check.
    """

    origin: Origin
    web: Web
    resolve: Callable[[str], list[str]]
    now: Callable[[], float]
    credential: tuple[str, str] | None
    s3: tuple[Origin, str] | None

    @property
    def authorization(self) -> Mapping[str, str]:
        """The header that a client sends; none without a credential."""
        if self.credential is None:
            return {}
        pair = base64.b64encode(":".join(self.credential).encode()).decode()
        return {"Authorization": f"Basic {pair}"}
