"""``GET /-/token`` through the whole gate, with an honest STS on loopback."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3pypi_edge.proof import make_proof
from s3pypi_edge.sessions import read_claims
from s3pypi_edge.users import format_time
from tests.edge.events import HOST, basic, viewer_request
from tests.edge.gates import START, TOKEN, Entrance, MemorySource, entrance, user_store
from tests.edge.s3_double import answer, hanging_up, s3_double
from tests.edge.sts_double import ACCOUNT, ALICE, BOB, DEVELOPER, MALLORY, error, honest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.edge.s3_double import S3Double, Script
    from tests.edge.sts_double import Identity

pytestmark = pytest.mark.loopback

DAY = 86_400
REGION = "eu-central-1"
BOB_ARN = f"arn:aws:iam::{ACCOUNT}:user/team/bob"


def signing_keys(**created: float) -> bytes:
    """Keys by id, each created so many seconds after START."""
    keys = [
        {
            "id": key_id,
            "key": base64.b64encode(key_id.encode().ljust(32)).decode(),
            "created": format_time(START + at),
        }
        for key_id, at in created.items()
    ]
    return json.dumps({"version": 1, "keys": keys}).encode()


def principal(arn: str = DEVELOPER, **fields: object) -> dict[str, object]:
    return {"arn": arn, "projects": ["*"], "not_before": None, "expires": None, **fields}


class Desk:
    """A gate in front of an honest STS, and what a client with AWS credentials does with it."""

    def __init__(self, double: S3Double, *principals: object, at: float = START) -> None:
        self.sts = double
        self.sts.scripts += [honest] * 50
        self.door: Entrance = entrance(
            user_store(principals=principals),
            keys=MemorySource(signing_keys(a1=-DAY)),
            endpoints={"sts": double.endpoint},
        )
        self.door.wall.now = at

    def proof(self, identity: Identity = ALICE, host: str = HOST) -> str:
        return make_proof(identity.credentials, region=REGION, host=host, now=self.door.wall.now)

    def ask(self, proof: str, uri: str = "/-/token", query: str = "", method: str = "GET") -> dict[str, Any]:
        authorization = basic("__iam__", proof)
        event = viewer_request(uri, method=method, authorization=authorization, querystring=query)
        return self.door.gate.answer(event)

    def session(self, identity: Identity = ALICE, query: str = "") -> dict[str, str]:
        answered = self.ask(self.proof(identity), query=query)
        assert answered["status"] == "200", self.door.log
        document: dict[str, str] = json.loads(answered["body"])
        return document

    def shows(self, session: str, uri: str = "/simple/demo/") -> str:
        """What is answered to a session: a status, or "pass"."""
        event = viewer_request(uri, authorization=basic("whoever", session))
        return str(self.door.gate.answer(event).get("status", "pass"))

    def tick(self, seconds: float) -> None:
        self.door.wall.now += seconds
        self.door.monotonic.now += seconds

    @property
    def last_line(self) -> dict[str, Any]:
        return self.door.lines()[-1]


@pytest.fixture
def double() -> Iterator[S3Double]:
    with s3_double() as double:
        yield double


def test_a_proof_goes_in_and_a_session_comes_out(double: S3Double) -> None:
    desk = Desk(double, principal())
    answered = desk.ask(desk.proof())
    assert answered["status"] == "200"
    assert {name: values[0]["value"] for name, values in answered["headers"].items()} == {
        "cache-control": "no-store",
        "content-type": "application/json",
    }
    assert json.loads(answered["body"]) == {"token": ANY, "expires": "2027-01-15T20:00:00Z"}
    token = json.loads(answered["body"])["token"]
    assert read_claims(token) == ("a1", START, START + 43_200, HOST, DEVELOPER)
    assert desk.shows(token) == "pass"
    assert desk.shows(token, "/simple/") == "pass"
    minted, shown, _ = desk.door.lines()
    assert minted == {
        "who": DEVELOPER,
        "kind": "identity",
        "project": None,
        "file": None,
        "verdict": "200",
        "reason": "session made (session name, as claimed: alice@acme.com)",
    }
    assert (shown["who"], shown["kind"], shown["project"]) == (DEVELOPER, "session", "demo")
    assert token not in "".join(desk.door.log)


def test_a_session_opens_the_projects_of_its_principal_only(double: S3Double) -> None:
    desk = Desk(double, principal(projects=["acme-*"]))
    token = desk.session()["token"]
    assert [desk.shows(token, uri) for uri in ("/simple/acme-lib/", "/simple/demo/", "/simple/")] == [
        "pass",
        "404",
        "404",
    ]


def test_a_user_of_iam_comes_in_with_its_path_and_without_a_session_name(double: S3Double) -> None:
    desk = Desk(double, principal(f"arn:aws:iam::{ACCOUNT}:user/team/*"))
    assert desk.shows(desk.session(BOB)["token"]) == "pass"
    assert desk.door.lines()[0]["who"] == BOB_ARN
    assert desk.door.lines()[0]["reason"] == "session made"


@pytest.mark.parametrize("name", ["__iam__", "", "alice"])
def test_the_name_beside_a_session_or_a_token_does_not_matter(double: S3Double, name: str) -> None:
    desk = Desk(double, principal())
    for secret in (desk.session()["token"], TOKEN):
        event = viewer_request(authorization=basic(name, secret))
        assert "status" not in desk.door.gate.answer(event)


@pytest.mark.parametrize(
    ("query", "life"),
    [("", 43_200), ("lifetime=900", 900), ("lifetime=86400", 86_400), ("lifetime=01000", 1000)],
)
def test_a_session_lives_as_long_as_was_asked_for(double: S3Double, query: str, life: int) -> None:
    desk = Desk(double, principal())
    answered = desk.session(query=query)
    assert answered["expires"] == format_time(START + life)
    desk.tick(life - 1)
    assert desk.shows(answered["token"]) == "pass"
    desk.tick(1)
    assert desk.shows(answered["token"]) == "401"
    assert desk.last_line["reason"] == "expired session"


@pytest.mark.parametrize(
    "query",
    [
        *("lifetime=899", "lifetime=86401", "lifetime=0", "lifetime=-900", "lifetime=", "lifetime=1e4"),
        *("lifetime=900&lifetime=900", "lifetime=900&x=1", "x=1", "Lifetime=900", "lifetime=%39%30%30"),
        "lifetime=9999999999",
    ],
)
def test_another_life_is_a_bad_request_of_who_is_known_and_a_strangers_is_a_401(
    double: S3Double, query: str
) -> None:
    desk = Desk(double, principal())
    answered = desk.ask(desk.proof(), query=query)
    assert answered["status"] == "400"
    assert "from 900 to 86400" in answered["body"]
    for proof in ("guess", desk.proof(host="other.acme.com"), desk.proof(MALLORY)):
        assert desk.ask(proof, query=query)["status"] == "401"


@pytest.mark.parametrize(("left", "life"), [(100, 100), (50_000, 43_200)])
def test_a_session_never_outlives_its_principal(double: S3Double, left: int, life: int) -> None:
    desk = Desk(double, principal(expires=format_time(START + left)))
    assert desk.session()["expires"] == format_time(START + life)


@pytest.mark.parametrize("host", ["other.acme.com", HOST])
def test_a_session_is_for_the_host_that_it_was_made_for(double: S3Double, host: str) -> None:
    desk = Desk(double, principal())
    token = desk.session()["token"]
    other = entrance(user_store(principals=[principal()]), keys=desk.door.keys, hosts=(host,))
    event = viewer_request(authorization=basic("", token), host=host)
    assert other.gate.answer(event).get("status") == (None if host == HOST else "401")


@pytest.mark.parametrize(
    ("identity", "fields", "reason"),
    [
        pytest.param(BOB, {}, f"{BOB_ARN} is not a principal", id="nobody"),
        pytest.param(
            MALLORY,
            {},
            "arn:aws:iam::999999999999:role/Developer is not a principal "
            "(session name, as claimed: alice@acme.com)",
            id="the same role of another account",
        ),
        pytest.param(
            ALICE,
            {"expires": format_time(START)},
            f"{DEVELOPER} has expired (session name, as claimed: alice@acme.com)",
            id="expired",
        ),
        pytest.param(
            ALICE,
            {"not_before": format_time(START)},
            f"{DEVELOPER} had its sessions revoked since (session name, as claimed: alice@acme.com)",
            id="a proof from before a revocation",
        ),
    ],
)
def test_who_is_not_a_principal_is_turned_away_and_the_log_says_who(
    double: S3Double, identity: Identity, fields: dict[str, Any], reason: str
) -> None:
    desk = Desk(double, principal(**fields))
    proof = desk.proof(identity)
    answered = desk.ask(proof)
    assert answered == desk.door.gate.answer(viewer_request())  # as every stranger
    (line, _) = desk.door.lines()
    assert line == {
        "who": None,
        "kind": "identity",
        "project": None,
        "file": None,
        "verdict": "401",
        "reason": reason,
    }
    assert proof.split(",")[2] not in desk.door.log[0]


@pytest.mark.parametrize(
    ("proof", "reason"),
    [
        pytest.param("guess", "not written like a proof", id="no proof"),
        pytest.param("", "not written like a proof", id="empty"),
        pytest.param(
            make_proof(ALICE.credentials, region=REGION, host=HOST, now=START - 901),
            "a proof that is too old, or from the future",
            id="old",
        ),
    ],
)
def test_what_is_no_proof_does_not_reach_sts(double: S3Double, proof: str, reason: str) -> None:
    desk = Desk(double, principal())
    for _ in range(20):
        assert desk.ask(proof)["status"] == "401"
        assert desk.last_line["reason"] == reason
    assert double.requests == []
    assert len(desk.door.log) == 20


@given(st.text(), st.text())
def test_whatever_is_sent_for_a_proof_is_turned_away(text: str, query: str) -> None:
    door = entrance(user_store(principals=[principal()]), keys=MemorySource(signing_keys(a1=-DAY)))
    event = viewer_request("/-/token", authorization=basic("__iam__", text), querystring=query)
    assert door.gate.answer(event)["status"] == "401"


def test_a_refused_proof_does_not_reach_sts_twice(double: S3Double) -> None:
    desk = Desk(double, principal())
    forged = desk.proof(host="other.acme.com")
    for _ in range(20):
        assert desk.ask(forged)["status"] == "401"
    assert len(double.requests) == 1
    assert desk.door.lines()[0]["reason"] == "STS refuses the proof: SignatureDoesNotMatch"
    assert desk.last_line["reason"] == "a proof that was refused before"
    assert desk.session()["token"]  # and the ration was not touched


def test_who_is_made_a_principal_comes_in_with_the_proof_that_was_refused(double: S3Double) -> None:
    desk = Desk(double, principal())
    proof = desk.proof(BOB)
    assert desk.ask(proof)["status"] == "401"
    desk.door.source.body = user_store(principals=[principal(), principal(BOB_ARN)])
    desk.tick(60)
    assert desk.ask(proof)["status"] == "200"


def test_while_there_are_no_principals_no_proof_reaches_sts_and_no_key_is_read(double: S3Double) -> None:
    desk = Desk(double)
    assert desk.ask(desk.proof())["status"] == "401"
    assert desk.last_line["reason"] == "nobody is a principal"
    assert (double.requests, desk.door.keys.reads) == ([], [])


def test_keys_are_read_when_they_are_needed_and_then_once_a_minute(double: S3Double) -> None:
    desk = Desk(double, principal())
    desk.door.gate.warm()
    desk.door.gate.answer(viewer_request(authorization=basic("alice", "wonder:land")))
    assert desk.door.keys.reads == []
    token = desk.session()["token"]
    for _ in range(100):
        desk.shows(token)
    assert desk.door.keys.reads == [None]
    desk.tick(60)
    desk.shows(token)
    assert len(desk.door.keys.reads) == 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(None, "signing keys: S3 answered 404", id="missing"),
        pytest.param(b"", "signing keys: Expecting value", id="empty"),
        pytest.param(signing_keys(), "signing keys: there is none", id="none in it"),
    ],
)
def test_without_signing_keys_nobody_gets_a_session_and_sts_is_not_asked(
    double: S3Double, body: bytes | None, reason: str
) -> None:
    desk = Desk(double, principal())
    token = desk.session()["token"]
    asked = len(double.requests)
    desk.door.keys.body = body
    desk.tick(60)
    assert desk.ask(desk.proof())["status"] == "503"
    assert desk.last_line["reason"].startswith(reason)
    assert desk.shows(token) in {"503", "401"}
    assert len(double.requests) == asked


def test_bad_keys_are_named_in_the_log(double: S3Double) -> None:
    desk = Desk(double, principal())
    document = json.loads(signing_keys(a1=-DAY))
    document["keys"].append({"id": "b2", "key": "secret", "created": ""})
    desk.door.keys.body = json.dumps(document).encode()
    desk.session()
    assert desk.door.lines()[0]["problems"] == ["signing key 2 is left out: it is not 32 bytes in base64"]
    assert "secret" not in desk.door.log[0]


@pytest.mark.parametrize(
    "script",
    [error(400, "Throttling"), error(500, "InternalFailure"), answer(302, Location="/"), hanging_up],
    ids=["throttling", "failing", "redirecting", "hanging up"],
)
def test_an_sts_that_cannot_tell_is_503_and_nothing_is_held_against_the_proof(
    double: S3Double, script: Script
) -> None:
    desk = Desk(double, principal())
    double.scripts.insert(0, script)
    proof = desk.proof()
    answered = desk.ask(proof)
    assert (answered["status"], answered["headers"]["retry-after"][0]["value"]) == ("503", "2")
    assert "STS" in desk.last_line["reason"]
    assert desk.ask(proof)["status"] == "200"


def test_minting_is_rationed_an_instance_and_comes_back(double: S3Double) -> None:
    desk = Desk(double, principal())
    statuses = [desk.ask(desk.proof())["status"] for _ in range(6)]
    assert statuses == ["200"] * 5 + ["429"]
    answered = desk.ask(desk.proof())
    assert answered["headers"]["retry-after"][0]["value"] == "1"
    assert len(double.requests) == 5
    desk.tick(1)
    assert desk.ask(desk.proof())["status"] == "200"


@pytest.mark.parametrize(
    "uri", ["/simple/", "/simple/demo/", "/-/token/", "/-/Token", "/%2D/token", "//-/token"]
)
def test_a_proof_is_taken_at_the_one_address_only(
    double: S3Double, uri: str, rounds_spent: list[int]
) -> None:
    desk = Desk(double, principal())
    assert desk.ask(desk.proof(), uri)["status"] == "401"
    assert desk.last_line["reason"] == "a proof elsewhere than at GET /-/token"
    assert (double.requests, rounds_spent) == ([], [])


def test_a_session_is_got_by_get(double: S3Double) -> None:
    desk = Desk(double, principal())
    assert desk.ask(desk.proof(), method="HEAD")["status"] == "401"
    assert desk.ask(desk.proof(), method="POST")["status"] == "405"
    assert double.requests == []


@pytest.mark.parametrize("name", ["alice", "whoever"])
def test_other_credentials_find_nothing_at_that_address(double: S3Double, name: str) -> None:
    desk = Desk(double, principal())
    secret = {"alice": "wonder:land"}.get(name) or desk.session()["token"]
    event = viewer_request("/-/token", authorization=basic(name, secret))
    assert desk.door.gate.answer(event)["status"] == "404"


def test_a_proof_is_read_from_the_longest_header_that_a_client_sends(double: S3Double) -> None:
    desk = Desk(double, principal())
    identity = ALICE._replace(credentials=ALICE.credentials._replace(session_token="x" * 4096))
    assert desk.ask(desk.proof(identity))["status"] == "401"
    assert desk.last_line["reason"] == "STS refuses the proof: InvalidClientTokenId"


class Instances:
    """Two instances of the function on one bucket; the copies that they work with differ in age by 30 s."""

    def __init__(self, double: S3Double) -> None:
        self.first, self.second = Desk(double, principal()), Desk(double, principal())
        self.desks = (self.first, self.second)

    def put(self, *, users: bytes | None = None, keys: bytes | None = None) -> None:
        for desk in self.desks:
            desk.door.source.body = users or desk.door.source.body
            desk.door.keys.body = keys or desk.door.keys.body

    def tick(self, seconds: float) -> None:
        for desk in self.desks:
            desk.tick(seconds)


@pytest.fixture
def instances(double: S3Double) -> Instances:
    instances = Instances(double)
    double.scripts += [honest] * 1000
    instances.first.shows(instances.first.session()["token"])
    instances.tick(30)
    instances.second.shows(instances.second.session()["token"])
    return instances


@pytest.mark.parametrize("rotations", [1, 3])
def test_a_rotation_under_load_refuses_nobody(instances: Instances, rotations: int) -> None:
    """For ten minutes each instance makes a session every 5 s, and every session is shown to both."""
    tokens: list[str] = []
    signers = set()
    created: dict[str, float] = {"a1": -DAY}
    for number in range(120):
        if number in range(3, 3 + 10 * rotations, 10):
            created[f"k{number}"] = instances.first.door.wall.now - START
            instances.put(keys=signing_keys(**created))
        for desk in instances.desks:
            tokens.append(desk.session()["token"])
            claims = read_claims(tokens[-1])
            assert claims is not None
            signers.add(claims.key_id)
        for desk in instances.desks:
            assert {desk.shows(token) for token in tokens[-40:] + tokens[:2]} == {"pass"}
        instances.tick(5)
    assert signers == set(created)


def test_the_old_key_verifies_until_its_last_session_is_over(instances: Instances) -> None:
    instances.put(keys=signing_keys(a1=-DAY, b2=instances.first.door.wall.now - START))
    instances.tick(119)
    token = instances.first.session(query="lifetime=86400")["token"]
    claims = read_claims(token)
    assert claims is not None
    assert claims.key_id == "a1"
    instances.tick(DAY - 1)
    assert [desk.shows(token) for desk in instances.desks] == ["pass", "pass"]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param([], id="principal removed"),
        pytest.param([principal(not_before=format_time(START + 40))], id="sessions revoked"),
        pytest.param([principal(expires=format_time(START + 40))], id="principal expired"),
    ],
)
def test_within_a_minute_no_instance_takes_a_session_that_was_revoked(
    instances: Instances, changed: list[object]
) -> None:
    tokens = [desk.session()["token"] for desk in instances.desks]
    instances.tick(10)
    instances.put(users=user_store(principals=changed))
    instances.tick(60)
    for desk in instances.desks:
        assert [desk.shows(token) for token in tokens] == ["401", "401"]
        assert desk.last_line["reason"] == "revoked session"


def test_after_a_revocation_who_has_the_credentials_gets_a_new_session(instances: Instances) -> None:
    instances.put(users=user_store(principals=[principal(not_before=format_time(START + 30))]))
    instances.tick(60)
    token = instances.first.session()["token"]
    assert [desk.shows(token) for desk in instances.desks] == ["pass", "pass"]


def test_a_proof_from_before_a_revocation_is_refused_by_who_knows_of_it(double: S3Double) -> None:
    desk = Desk(double, principal())
    proof = desk.proof()
    desk.door.source.body = user_store(principals=[principal(not_before=format_time(START + 30))])
    desk.tick(60)
    assert desk.ask(proof)["status"] == "401"
    assert "had its sessions revoked since" in desk.last_line["reason"]
    assert desk.session()["token"]


def test_a_session_of_a_proof_from_before_a_revocation_does_not_outlive_it(instances: Instances) -> None:
    """An instance that does not know of the revocation yet makes the session; a minute later it is over."""
    proof = instances.first.proof()
    instances.tick(29)
    instances.second.shows("s3ps_")  # so that its copy is fresh
    instances.tick(41)
    revoked = principal(not_before=format_time(instances.first.door.wall.now))
    instances.second.shows("s3ps_")
    instances.put(users=user_store(principals=[revoked]))
    instances.tick(20)
    answered = instances.second.ask(proof, query="lifetime=86400")
    assert answered["status"] == "200"
    token = json.loads(answered["body"])["token"]
    instances.tick(60)
    for desk in instances.desks:
        assert desk.shows(token) == "401"
        assert desk.last_line["reason"] == "revoked session"


def test_a_session_counts_from_its_proof_and_lives_a_day_at_most(double: S3Double) -> None:
    desk = Desk(double, principal())
    proof = desk.proof()
    desk.tick(600)
    answered = json.loads(desk.ask(proof, query="lifetime=86400")["body"])
    assert read_claims(answered["token"]) == ("a1", START, START + DAY, HOST, DEVELOPER)
    assert answered["expires"] == format_time(START + DAY)
    desk.tick(900 - 600)
    assert json.loads(desk.ask(proof)["body"])["expires"] == format_time(START + 900 + 43_200)


def test_a_proof_made_by_a_fast_clock_makes_no_session_of_later(double: S3Double) -> None:
    desk = Desk(double, principal())
    desk.door.wall.now += 300
    proof = desk.proof()
    desk.door.wall.now -= 300
    assert read_claims(json.loads(desk.ask(proof)["body"])["token"]) == (
        "a1",
        START,
        START + 43_200,
        HOST,
        DEVELOPER,
    )
