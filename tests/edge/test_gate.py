from __future__ import annotations

import copy
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from s3pypi_core.bucket import CONFIG_HEADERS
from s3pypi_edge.config import EdgeConfig
from s3pypi_edge.gate import open_gate
from s3pypi_edge.keys import USERS_KEY
from tests.edge.events import CDN_DOMAIN, HOST, basic, viewer_request
from tests.edge.gates import EXPIRING_TOKEN, TOKEN, USERS, entrance, user_store

if TYPE_CHECKING:
    from s3pypi_core.aws.s3_bucket import S3Bucket

ALICE = basic("alice", "wonder:land")
BOB = basic("bob", "builder")
NOBODY = basic("nobody", "nothing")
CI = basic("__token__", TOKEN)
JSON = "application/vnd.pypi.simple.v1+json"
WHEEL = "demo-1.0+local-py3-none-any.whl"


def ask(event: dict[str, Any]) -> dict[str, Any]:
    return entrance().gate.answer(event)


def header(answer: dict[str, Any], name: str) -> str:
    (value,) = answer["headers"][name]
    return str(value["value"])


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", ""]
)
def test_other_methods_are_not_allowed_whoever_asks(method: str) -> None:
    answer = ask(viewer_request(method=method, authorization=ALICE))
    assert answer["status"] == "405"
    assert header(answer, "allow") == "GET, HEAD"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_is_allowed(method: str) -> None:
    answer = ask(viewer_request(method=method, authorization=ALICE))
    assert (answer["method"], answer["uri"]) == (method, "/packages/index.html")


@pytest.mark.parametrize(
    ("hosts", "host", "status"),
    [
        pytest.param((HOST,), HOST, None, id="ours"),
        pytest.param((HOST,), "PyPI.Acme.COM", None, id="capitals"),
        pytest.param((HOST,), f"{HOST}:443", None, id="port of https"),
        pytest.param((HOST,), f"{HOST}.", None, id="final dot"),
        pytest.param((HOST, "127.0.0.1:8080"), "127.0.0.1:8080", None, id="the second one"),
        pytest.param((), CDN_DOMAIN, None, id="the name from CloudFront"),
        pytest.param((HOST,), CDN_DOMAIN, "421", id="the name from CloudFront, though we have our own"),
        pytest.param((), HOST, "421", id="a name of our own, though we have none"),
        pytest.param((HOST,), "evil.example", "421", id="another"),
        pytest.param((HOST,), f"{HOST}:8443", "421", id="another port"),
        pytest.param((HOST,), f"{HOST}..", "421", id="two dots"),
        pytest.param((HOST,), "", "421", id="empty"),
        pytest.param((HOST,), None, "421", id="none"),
    ],
)
def test_only_requests_for_our_own_host_are_answered(
    hosts: tuple[str, ...], host: str | None, status: str | None
) -> None:
    answer = entrance(hosts=hosts).gate.answer(viewer_request(host=host, authorization=ALICE))
    assert answer.get("status") == status


def test_two_hosts_are_none() -> None:
    answer = ask(viewer_request(authorization=ALICE, headers=[("Host", HOST)]))
    assert answer["status"] == "421"


def test_a_stranger_is_challenged_without_the_store_being_read() -> None:
    door = entrance()
    answer = door.gate.answer(viewer_request("/simple/demo/"))
    assert answer["status"] == "401"
    assert header(answer, "www-authenticate") == f'Basic realm="{HOST}"'
    assert header(answer, "cache-control") == "no-store"
    assert door.source.reads == []


@pytest.mark.parametrize(
    "uri", ["/", "/simple/", "/simple/nothing/", "/-/token", "/../config/users.json", "*", ""]
)
@pytest.mark.parametrize("authorization", [None, basic("alice", "wrong"), "Bearer x", basic("", "s3p_")])
def test_a_stranger_is_told_the_same_everywhere(uri: str, authorization: str | None) -> None:
    assert ask(viewer_request(uri, authorization=authorization)) == ask(viewer_request())


def test_credentials_sent_twice_are_refused() -> None:
    answer = ask(viewer_request(authorization=ALICE, headers=[("Authorization", ALICE)]))
    assert answer["status"] == "401"


@pytest.mark.parametrize("authorization", [ALICE, CI, basic("zo\xeb", TOKEN, "latin-1")])
def test_who_belongs_is_let_in_without_their_credentials_and_query(authorization: str) -> None:
    event = viewer_request(
        f"/simple/demo/{WHEEL}",
        authorization=authorization,
        accept="*/*",
        querystring="X-Amz-Signature=1",
        headers=[("Range", "bytes=0-9"), ("If-None-Match", '"1"')],
    )
    before = copy.deepcopy(event)
    request = before["Records"][0]["cf"]["request"]
    answer = entrance().gate.answer(event)
    assert answer["uri"] == "/packages/demo/demo-1.0%2Blocal-py3-none-any.whl"
    assert answer["querystring"] == ""
    assert "authorization" not in answer["headers"]
    del request["headers"]["authorization"]
    assert {**answer, "uri": request["uri"], "querystring": request["querystring"]} == request


@pytest.mark.parametrize(
    ("accept", "uri"),
    [
        (f"{JSON}, text/html;q=0.1", "/packages/demo/index.json"),
        ("text/html", "/packages/demo/index.html"),
        (None, "/packages/demo/index.html"),
    ],
)
def test_an_index_comes_in_the_form_asked_for(accept: str | None, uri: str) -> None:
    assert ask(viewer_request("/simple/demo/", authorization=ALICE, accept=accept))["uri"] == uri


def test_accept_sent_in_two_lines_is_one_list() -> None:
    answer = ask(
        viewer_request("/demo/", authorization=ALICE, accept="text/html;q=0.5", headers=[("Accept", JSON)])
    )
    assert answer["uri"] == "/packages/demo/index.json"


def test_a_form_that_is_not_there_is_not_acceptable_for_an_index() -> None:
    assert ask(viewer_request("/simple/demo/", authorization=ALICE, accept="image/png"))["status"] == "406"
    assert "status" not in ask(
        viewer_request(f"/simple/demo/{WHEEL}", authorization=ALICE, accept="image/png")
    )


@pytest.mark.parametrize(
    ("uri", "location"),
    [
        ("/simple", "/simple/"),
        ("/simple/Acme_Lib", "/simple/acme-lib/"),
        (f"/Demo/{WHEEL}", "/simple/demo/demo-1.0%2Blocal-py3-none-any.whl"),
    ],
)
def test_another_spelling_is_redirected(uri: str, location: str) -> None:
    answer = ask(viewer_request(uri, authorization=ALICE, querystring="x=1"))
    assert (answer["status"], header(answer, "location")) == ("301", location)


@pytest.mark.parametrize(
    ("who", "uri", "is_seen"),
    [
        pytest.param(ALICE, "/simple/", True, id="everything, root"),
        pytest.param(ALICE, "/simple", True, id="everything, root without its slash"),
        pytest.param(BOB, "/simple/", False, id="some, root"),
        pytest.param(BOB, "/simple", False, id="some, root without its slash"),
        pytest.param(BOB, "/simple/demo/", True, id="some, by name"),
        pytest.param(BOB, f"/simple/acme-lib/{WHEEL}", True, id="some, by glob"),
        pytest.param(BOB, "/simple/Acme_Lib", True, id="some, by another spelling"),
        pytest.param(BOB, "/simple/other/", False, id="some, another"),
        pytest.param(BOB, "/simple/Other", False, id="some, another in another spelling"),
        pytest.param(BOB, f"/other/{WHEEL}", False, id="some, another's file"),
        pytest.param(NOBODY, "/simple/demo/", False, id="nothing"),
    ],
)
def test_what_a_user_may_not_see_is_not_there(who: str, uri: str, *, is_seen: bool) -> None:
    answer = ask(viewer_request(uri, authorization=who))
    assert (answer.get("status") != "404") is is_seen
    if not is_seen:
        assert answer == ask(viewer_request("/-/nothing/", authorization=who))


def test_a_removed_user_and_a_revoked_token_are_refused_after_a_minute() -> None:
    door = entrance()
    events = [viewer_request(authorization=credentials) for credentials in (ALICE, CI)]
    assert all("status" not in door.gate.answer(event) for event in events)
    door.source.body = user_store({"bob": USERS["bob"]})
    door.monotonic.now += 60
    assert [door.gate.answer(event)["status"] for event in events] == ["401", "401"]


def test_an_expired_token_is_refused() -> None:
    door = entrance()
    event = viewer_request(authorization=basic("", EXPIRING_TOKEN))
    assert "status" not in door.gate.answer(event)
    door.wall.now += 60
    assert door.gate.answer(event)["status"] == "401"


def test_an_unreadable_store_closes_the_gate_until_it_is_readable_again() -> None:
    door = entrance()
    door.gate.warm()
    door.source.body = None
    door.wall.now += 60
    door.gate.warm()
    answer = door.gate.answer(viewer_request(authorization=ALICE))
    assert (answer["status"], header(answer, "retry-after")) == ("503", "2")
    assert door.gate.answer(viewer_request())["status"] == "401"
    door.source.body = user_store()
    door.wall.now += 2
    assert "status" not in door.gate.answer(viewer_request(authorization=ALICE))


def test_a_warmed_gate_has_read_its_store() -> None:
    door = entrance()
    door.gate.warm()
    door.gate.answer(viewer_request(authorization=ALICE))
    assert door.source.reads == [None]


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({}, id="empty"),
        pytest.param({"Records": []}, id="no record"),
        pytest.param({"Records": [{"cf": {"config": {}, "request": None}}]}, id="no request"),
        pytest.param({"Records": [{"cf": {"config": {}, "request": {"method": "GET"}}}]}, id="no headers"),
        pytest.param(viewer_request(7, authorization=ALICE), id="no path"),  # type: ignore[arg-type]  # on purpose
    ],
)
def test_an_event_that_is_none_lets_nobody_through(event: dict[str, Any]) -> None:
    door = entrance()
    assert door.gate.answer(event)["status"] == "503"
    assert door.lines()[0]["reason"] in {
        "failed with KeyError",
        "failed with IndexError",
        "failed with TypeError",
        "failed with AttributeError",
    }


def test_a_source_that_breaks_lets_nobody_through() -> None:
    door = entrance()

    def break_down() -> None:
        raise MemoryError("a secret")

    door.source.before = break_down
    assert door.gate.answer(viewer_request(authorization=ALICE))["status"] == "503"
    assert door.lines()[0]["reason"] == "failed with MemoryError"


def test_too_many_new_passwords_are_told_to_wait_and_nobody_else_is() -> None:
    door = entrance(burst=2)
    assert "status" not in door.gate.answer(viewer_request(authorization=ALICE))
    assert door.gate.answer(viewer_request(authorization=basic("alice", "x")))["status"] == "401"
    for name in ("alice", "mallory", "ci"):
        answer = door.gate.answer(viewer_request(authorization=basic(name, "y")))
        assert (answer["status"], header(answer, "retry-after")) == ("429", "1")
    assert door.lines()[-1] == {**NOTHING, "verdict": "429", "reason": "too many slow verifications"}
    assert "status" not in door.gate.answer(viewer_request(authorization=ALICE))
    assert "status" not in door.gate.answer(viewer_request(authorization=CI))
    assert door.gate.answer(viewer_request(authorization=basic("alice", "x")))["status"] == "401"
    door.monotonic.now += 1
    assert "status" not in door.gate.answer(viewer_request("/simple/demo/", authorization=BOB))


def test_an_unrelated_edit_in_a_flood_keeps_nobody_out_who_was_in() -> None:
    door = entrance(burst=1)
    assert "status" not in door.gate.answer(viewer_request(authorization=ALICE))
    door.source.body = user_store({**USERS, "new": {"projects": []}})
    door.wall.now += 60
    assert door.gate.answer(viewer_request(authorization=basic("mallory", "x")))["status"] == "429"
    assert "status" not in door.gate.answer(viewer_request(authorization=ALICE))


NOTHING = {"who": None, "kind": None, "project": None, "file": None}


@pytest.mark.parametrize(
    ("event", "line"),
    [
        pytest.param(
            viewer_request(f"/simple/demo/{WHEEL}", authorization=ALICE),
            {
                "who": "alice",
                "kind": "password",
                "project": "demo",
                "file": WHEEL,
                "verdict": "pass",
                "reason": "",
            },
            id="file",
        ),
        pytest.param(
            viewer_request("/simple/", authorization=CI),
            {**NOTHING, "who": "ci", "kind": "token", "verdict": "pass", "reason": ""},
            id="root",
        ),
        pytest.param(
            viewer_request("/simple/Demo", authorization=BOB),
            {**NOTHING, "who": "bob", "kind": "password", "project": "demo"}
            | {"verdict": "301", "reason": "moved permanently"},
            id="redirect",
        ),
        pytest.param(
            viewer_request("/simple/other/", authorization=BOB),
            {**NOTHING, "who": "bob", "kind": "password", "project": "other"}
            | {"verdict": "404", "reason": "not for this user"},
            id="not for this user",
        ),
        pytest.param(
            viewer_request("/simple/..%2fsecret", authorization=BOB),
            {**NOTHING, "who": "bob", "kind": "password", "verdict": "404", "reason": "no such address"},
            id="nowhere",
        ),
        pytest.param(
            viewer_request("/simple/demo/"),
            {**NOTHING, "verdict": "401", "reason": "no credentials"},
            id="stranger",
        ),
        pytest.param(
            viewer_request("/simple/demo/", authorization=basic("alice", "secret")),
            {**NOTHING, "kind": "password", "verdict": "401", "reason": "wrong user name or password"},
            id="wrong password",
        ),
        pytest.param(
            viewer_request("/simple/demo/", authorization=basic("alice", "s3p_secret")),
            {**NOTHING, "kind": "token", "verdict": "401", "reason": "unknown token"},
            id="wrong token",
        ),
        pytest.param(
            viewer_request("/secret", method="SECRET"),
            {**NOTHING, "verdict": "405", "reason": "method not allowed"},
            id="method",
        ),
        pytest.param(
            viewer_request("/secret", host="secret"),
            {**NOTHING, "verdict": "421", "reason": "misdirected request"},
            id="host",
        ),
    ],
)
def test_each_request_leaves_one_line_in_the_log(event: dict[str, Any], line: dict[str, Any]) -> None:
    door = entrance()
    door.gate.answer(event)
    assert door.lines() == [line]
    assert "secret" not in door.log[0]


def test_a_verified_request_costs_no_hash_and_no_read(rounds_spent: list[int]) -> None:
    door = entrance()
    event = viewer_request(f"/simple/demo/{WHEEL}", authorization=ALICE, accept="*/*")
    door.gate.answer(event)
    spent, reads = len(rounds_spent), len(door.source.reads)
    for _ in range(200):
        door.gate.answer(event)
    assert (len(rounds_spent), len(door.source.reads)) == (spent, reads)


def test_closing_the_gate_closes_its_source() -> None:
    door = entrance()
    door.gate.close()
    assert door.source.is_closed


def test_a_gate_is_not_opened_without_aws_credentials() -> None:
    with pytest.raises(ValueError, match="AWS_ACCESS_KEY_ID"):
        open_gate(EdgeConfig("acme-pypi", "eu-central-1", HOST), {})


@pytest.mark.loopback
def test_an_open_gate_reads_its_users_from_the_bucket(
    s3_bucket: S3Bucket, aws: str, capsys: pytest.CaptureFixture[str]
) -> None:
    s3_bucket.create(USERS_KEY, user_store(), CONFIG_HEADERS)
    config = EdgeConfig(s3_bucket.name, "us-east-1", HOST, (HOST,), endpoints={"s3": aws})
    gate = open_gate(config, os.environ)
    answers = [gate.answer(viewer_request(authorization=credentials)) for credentials in (ALICE, CI, BOB)]
    gate.close()
    assert [answer.get("status") for answer in answers] == [None, None, "404"]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["who"] for line in lines] == ["alice", "ci", "bob"]
