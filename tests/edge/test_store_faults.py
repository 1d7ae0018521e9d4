"""Whatever happens to the user store: who belongs gets in or 503, nobody else gets in, and it heals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from s3pypi_edge.access import access_parser, key_parser
from s3pypi_edge.clocks import Clocks
from s3pypi_edge.config import EdgeConfig
from s3pypi_edge.connector import Connector
from s3pypi_edge.gate import Gate
from s3pypi_edge.s3 import DEADLINE, S3Reader, object_url
from s3pypi_edge.sigv4 import AwsCredentials
from s3pypi_edge.store import LiveStore
from tests.edge.events import HOST, basic, viewer_request
from tests.edge.gates import KEY, TOKEN, USERS, Clock, MemorySource, plenty, user_store
from tests.edge.s3_double import (
    answer,
    cut_short,
    dripping,
    garbage,
    hanging,
    hanging_up,
    s3_double,
    without_length,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.edge.s3_double import S3Double, Script

ALICE = viewer_request(authorization=basic("alice", "wonder:land"))
CI = viewer_request(authorization=basic("", TOKEN))
MALLORY = viewer_request(authorization=basic("mallory", "x"))

GOOD = answer(200, user_store(), ETag='"good"')
WITHOUT_ALICE = user_store({name: record for name, record in USERS.items() if name != "alice"})


class Instance:
    """An instance of the function over a double of S3, with its clocks and its log in reach."""

    def __init__(self, double: S3Double, deadline: float) -> None:
        self.double = double
        self.wall, self.monotonic, self.log = Clock(), Clock(1000.0), list[str]()
        url = object_url("acme", "config/users.json", region="us-east-1", endpoint=double.endpoint)
        self.source = S3Reader(
            url,
            region="us-east-1",
            credentials=AwsCredentials("AKLOCAL", "secret"),
            connector=Connector(),
            wall=self.wall,
            deadline=deadline,
        )
        clocks = Clocks(self.wall, self.monotonic)
        users = LiveStore(
            self.source,
            access_parser(KEY, plenty(), self.log.append),
            name="user store",
            refresh=60,
            clocks=clocks,
        )
        keys = LiveStore(
            MemorySource(None),
            key_parser(self.log.append),
            name="signing keys",
            refresh=60,
            clocks=clocks,
        )
        self.gate = Gate(
            EdgeConfig("acme", "us-east-1", HOST, (HOST,)),
            users,
            keys,
            connector=Connector(),
            wall=self.wall,
            monotonic=self.monotonic,
            log=self.log.append,
        )

    def ask(self, event: dict[str, Any], *scripts: Script) -> str | None:
        """The status of the answer, None for a pass; ``scripts`` is what S3 does from now on."""
        self.double.scripts[:] = scripts
        status: str | None = self.gate.answer(event).get("status")
        return status

    def wait(self, seconds: float) -> None:
        self.wall.now += seconds
        self.monotonic.now += seconds


@pytest.fixture
def instance() -> Iterator[Instance]:
    with s3_double() as double:
        instance = Instance(double, deadline=0.3)
        try:
            yield instance
        finally:
            instance.gate.close()


FAULTS = [
    pytest.param(answer(404, b"<Error/>"), "404", id="missing"),
    pytest.param(answer(403, b"<Error/>"), "403", id="forbidden"),
    pytest.param(answer(500, b"<Error/>"), "500", id="broken"),
    pytest.param(answer(503, b"<Error>SlowDown</Error>"), "503", id="too busy"),
    pytest.param(answer(301, Location="http://127.0.0.1:1/"), "301", id="moved"),
    pytest.param(answer(200, b"", ETag='"bad"'), "Expecting value", id="empty"),
    pytest.param(answer(200, b"\xff\xfe", ETag='"bad"'), "user store", id="not text"),
    pytest.param(answer(200, b"<html>", ETag='"bad"'), "Expecting value", id="not JSON"),
    pytest.param(answer(200, b"null", ETag='"bad"'), "version", id="not an object"),
    pytest.param(answer(200, b"[" * 100_000, ETag='"bad"'), "nested", id="nested without end"),
    pytest.param(answer(200, b'{"version": 2, "users": {}}', ETag='"bad"'), "version", id="another version"),
    pytest.param(
        answer(200, WITHOUT_ALICE[:-9], ETag='"bad"'), "user store", id="cut short when it was written"
    ),
    pytest.param(cut_short(WITHOUT_ALICE), "was cut short", id="cut short on its way"),
    pytest.param(without_length(WITHOUT_ALICE[:-9]), "no length", id="cut short without anybody noticing"),
    pytest.param(answer(200, WITHOUT_ALICE), "no ETag", id="without ETag"),
    pytest.param(answer(200, ETag='"bad"', Content_Length=str(2**40)), "too much", id="endless"),
    pytest.param(hanging, "no answer within", id="hanging"),
    pytest.param(dripping, "no answer within", id="dripping"),
    pytest.param(hanging_up, "hung up", id="hanging up"),
    pytest.param(garbage, "not HTTP", id="not HTTP"),
]


@pytest.mark.loopback
@pytest.mark.parametrize(("fault", "reason"), FAULTS)
def test_a_cold_start_closes_the_gate_until_the_store_is_well(
    instance: Instance, fault: Script, reason: str
) -> None:
    for event in (ALICE, CI, MALLORY):
        instance.wait(2)
        instance.double.scripts[:] = [fault]
        refused = instance.gate.answer(event)
        assert refused["status"] == "503"
        assert refused["headers"]["retry-after"][0]["value"] == "2"
        assert "Traceback" not in refused["body"]
    assert reason in json.loads(instance.log[-1])["reason"]
    instance.wait(2)
    assert instance.ask(ALICE, GOOD) is None
    assert [instance.ask(event) for event in (CI, MALLORY)] == [None, "401"]


@pytest.mark.loopback
@pytest.mark.parametrize(("fault", "reason"), FAULTS)
def test_an_instance_says_no_stale_yes_and_recovers_with_the_store_as_it_is_then(
    instance: Instance, fault: Script, reason: str
) -> None:
    assert instance.ask(ALICE, GOOD) is None
    instance.wait(59)
    assert instance.ask(ALICE, fault) is None  # nothing is read yet
    instance.wait(1)
    # A connection that was kept is given up once for a new one: the fault lasts.
    assert instance.ask(ALICE, fault, fault) == "503"
    asked = len(instance.double.requests)
    assert [instance.ask(event) for event in (ALICE, CI, MALLORY)] == ["503"] * 3
    assert len(instance.double.requests) == asked
    instance.wait(2)
    assert instance.ask(CI, fault, fault) == "503"
    assert reason in json.loads(instance.log[-1])["reason"]
    instance.wait(2)
    changed = answer(200, WITHOUT_ALICE, ETag='"changed"')
    assert instance.ask(ALICE, changed) == "401"
    assert instance.ask(CI) is None
    etags = [headers.get("if-none-match") for _, headers in instance.double.requests]
    assert set(etags) == {None, '"good"'}  # what was bad is never taken for read


@pytest.mark.loopback
def test_five_megabytes_are_a_store(instance: Instance) -> None:
    many = {f"user-{number}": {**USERS["bob"], "projects": ["acme-*"] * 8} for number in range(30_000)}
    body = user_store({**many, **USERS})
    assert len(body) > 5 * 2**20
    assert instance.ask(ALICE, answer(200, body, ETag='"large"')) is None
    assert instance.ask(CI) is None


@pytest.mark.loopback
def test_one_bad_record_is_named_and_takes_nobody_else_along(instance: Instance) -> None:
    bad = {
        "eve": {"password": "hunter2", "projects": ["*"]},
        "x\x7f": {"projects": []},
        "\u0221": {"projects": []},
    }
    body = user_store({"first": USERS["bob"], **bad, **USERS})
    assert instance.ask(ALICE, answer(200, body, ETag='"1"')) is None
    assert instance.ask(viewer_request(authorization=basic("eve", "hunter2"))) == "401"
    problems = json.loads(instance.log[0])["problems"]
    assert [name in problem for name, problem in zip(map(repr, bad), problems, strict=True)] == [True] * 3
    assert "hunter2" not in "".join(instance.log)


@pytest.mark.loopback
def test_an_old_copy_that_is_confirmed_in_time_is_good_for_another_minute(instance: Instance) -> None:
    assert instance.ask(ALICE, GOOD) is None
    for _ in range(3):
        instance.wait(60)
        assert instance.ask(ALICE, answer(304)) is None
        instance.wait(59)
        assert instance.ask(ALICE) is None
    instance.wait(1)
    assert instance.ask(ALICE, answer(200, WITHOUT_ALICE, ETag='"2"')) == "401"


@pytest.mark.loopback
def test_an_older_store_that_comes_back_is_the_store(instance: Instance) -> None:
    """S3 reads what was written last; what is older came back because an administrator restored it."""
    assert instance.ask(ALICE, answer(200, WITHOUT_ALICE, ETag='"2"')) == "401"
    instance.wait(60)
    assert instance.ask(ALICE, GOOD) is None


def test_a_slow_store_never_takes_a_request_longer_than_a_lambda_has() -> None:
    assert DEADLINE == 2.5
