"""Faults at each request of the commands that look after a repository: the same command then completes."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import pytest

from s3pypi_core.aws.s3_client import open_client
from s3pypi_core.repository import create_repository
from tests.faults import s3_faults
from tests.faults.cares import CARES, assert_honest, assert_nobody_is_misled, run
from tests.faults.s3_faults import Strike
from tests.proxy import Request, proxy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket
    from tests.faults.s3_faults import Reach
    from tests.proxy import Fault

pytestmark = [pytest.mark.loopback, pytest.mark.slow, pytest.mark.usefixtures("hasty")]

# A fault, and whether a request that it strikes once succeeds all the same.
KINDS = {
    "slow down": (s3_faults.slow_down, True),
    "internal error": (s3_faults.internal_error, True),
    "no connection": (s3_faults.drop, True),
    "reset in the middle": (s3_faults.reset, True),
    "lost answer": (s3_faults.lose_answer, True),
    "body cut short": (s3_faults.cut_body, False),
    "head cut short": (s3_faults.cut_head, False),
    "access denied": (s3_faults.access_denied, False),
}
REACHES: tuple[Reach, ...] = ("once", "this for good")
MIXED = [(*KINDS[kind], reach) for reach, kind in product(REACHES, KINDS)]


class Blow(NamedTuple):
    """A fault at a request of the model."""

    fault: Fault
    resolved: bool
    reach: Reach
    request: Request


def ended(_care: int, _number: int, request: Request) -> Blow:
    """The request is done, and nothing works any more."""
    return Blow(s3_faults.lose_answer, resolved=False, reach="everything after", request=request)


def mixed(care: int, number: int, request: Request) -> Blow:
    """All kinds in turn: at each request another one, and another one in each command."""
    return Blow(*MIXED[(5 * care + number) % len(MIXED)], request)


class Rules:
    """What the one proxy of a test does; it keeps its address, and so the program its client."""

    def __init__(self) -> None:
        self.strike: Callable[[Request], Fault | None] = lambda _request: None
        self.seen: list[Request] = []

    def __call__(self, request: Request) -> Fault | None:
        self.seen.append(request)
        return self.strike(request)


@pytest.fixture(autouse=True)
def _one_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client takes longer to make than all that a command does with it."""
    monkeypatch.setattr("s3pypi_core.aws.s3_bucket.open_client", cache(open_client))


@pytest.mark.parametrize("blow", [ended, mixed], ids=["the end", "any fault"])
@pytest.mark.parametrize("name", CARES)
def test_whatever_fails_at_any_request_misleads_nobody_and_the_same_command_completes(
    s3_bucket: S3Bucket, aws: str, tmp_path: Path, name: str, blow: Callable[[int, int, Request], Blow]
) -> None:
    care, number = CARES[name], [*CARES].index(name)
    s3_bucket.keep_versions()
    create_repository(s3_bucket)
    care.prepare(s3_bucket, tmp_path, ["model"])
    rules = Rules()
    with proxy(aws, rules) as endpoint:
        assert run(s3_bucket, endpoint, care.arguments(tmp_path, "model")).code == 0
        care.assert_done(s3_bucket, "model")
        requests = [*rules.seen]
        names = [f"ca{index:03}" for index in range(len(requests))]
        care.prepare(s3_bucket, tmp_path, names)

        for index, (project, request) in enumerate(zip(names, requests, strict=True)):
            like = request._replace(path=request.path.replace("model", project))
            fault, resolved, reach, _ = struck = blow(number, index, like)
            rules.strike = strike = Strike(fault, like, reach)
            outcome = run(s3_bucket, endpoint, care.arguments(tmp_path, project))
            rules.strike = lambda _request: None

            assert strike.struck, struck
            assert_honest(outcome)
            assert_nobody_is_misled(s3_bucket, project)
            assert not (resolved and reach == "once") or outcome.code == 0, (struck, outcome)
            if outcome.code == 0:
                care.assert_done(s3_bucket, project)
            again = run(s3_bucket, endpoint, care.arguments(tmp_path, project))
            assert again.code == 0, (struck, outcome, again)
            care.assert_done(s3_bucket, project)
    assert len(requests) >= 4
