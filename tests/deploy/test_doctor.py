from __future__ import annotations

import json
import os
import subprocess
import sys
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.errors import UsageError
from s3pypi_core.origin import Origin
from s3pypi_deploy.doctor import examine, find_bucket, find_origin
from s3pypi_deploy.hidden import ADDRESSES
from s3pypi_deploy.patient import FAILED, OK, SKIPPED, Patient
from s3pypi_deploy.web import Answer, NoAnswer
from s3pypi_deploy.whereabouts import Whereabouts
from s3pypi_edge.cloudfront import generate
from tests.deploy.outside import (
    DATE,
    HTTP,
    HTTPS,
    NOT_FOUND_BY_S3,
    NOT_FOUND_BY_THE_FUNCTION,
    NOW,
    S3,
    Outside,
)

if TYPE_CHECKING:
    from pathlib import Path


def findings(outside: Outside, **changes: object) -> dict[str, tuple[str, str, str]]:
    patient = Patient(
        **{  # type: ignore[arg-type]
            "origin": HTTPS,
            "web": outside,
            "resolve": lambda _host: ["192.0.2.1"],
            "now": lambda: NOW,
            "credential": ("__token__", "s3p_secret"),
            "s3": (S3, "/"),
            **changes,
        }
    )
    found = list(examine(patient))
    assert not any("s3p_secret" in text for one in found for text in one)
    assert all(one.remedy for one in found if one.verdict == FAILED)
    return {one.name: (one.verdict, one.detail, one.remedy) for one in found}


def test_what_is_as_it_should_be_is_found_so() -> None:
    found = findings(Outside())
    assert {check: verdict for check, (verdict, _, _) in found.items()} == dict.fromkeys(
        ["dns", "tls", "stranger", "http", "clock", "member", "config", "bucket"], OK
    )


def root(
    answer: Answer | NoAnswer, *, member: bool = False
) -> dict[tuple[Origin, str, bool], Answer | NoAnswer]:
    return {(HTTPS, "/simple/", member): answer}


LEAK = Answer(200, {}, b'{"version": 1, "users": {}}')


@pytest.mark.parametrize(
    ("answers", "check", "detail"),
    [
        pytest.param(root(NoAnswer(HTTPS, "name mismatch", is_tls=True)), "tls", "name mismatch", id="tls"),
        pytest.param(root(NoAnswer(HTTPS, "timed out")), "tls", "timed out", id="nobody answers"),
        pytest.param(root(Answer(200, DATE, b"")), "stranger", "gets 200 instead of 401", id="open"),
        pytest.param(root(Answer(403, DATE, b"")), "stranger", "gets 403 instead of 401", id="403"),
        pytest.param(root(Answer(503, DATE, b"")), "stranger", "gets 503 instead of 401", id="no user store"),
        pytest.param(root(Answer(401, DATE, b"")), "stranger", "gets 401 instead of 401", id="no challenge"),
        pytest.param(
            {(HTTP, "/simple/", False): Answer(301, {}, b"")}, "http", "gets 301", id="http redirects"
        ),
        pytest.param({(HTTP, "/simple/", False): Answer(401, {}, b"")}, "http", "gets 401", id="http asks"),
        pytest.param(root(Answer(401, {}, b""), member=True), "member", "gets 401", id="refused"),
        pytest.param(root(NoAnswer(HTTPS, "reset"), member=True), "member", "reset", id="hung up"),
        pytest.param(root(Answer(200, {}, b"<html>"), member=True), "member", "not an index", id="no index"),
        pytest.param(
            {(HTTPS, "/config/users.json", False): LEAK}, "config", "users.json gets 200", id="leak"
        ),
        pytest.param(
            {(HTTPS, "/simple/..%2fconfig/users.json", True): LEAK},
            "config",
            "..%2fconfig",
            id="leak to members",
        ),
        pytest.param(
            {(HTTPS, "/config/keys.json", True): Answer(206, {}, b'{"keys": []}')},
            "config",
            "gets 206",
            id="keys",
        ),
        pytest.param({(S3, "/", False): Answer(200, {}, b"")}, "bucket", "the list gets 200", id="open list"),
        pytest.param(
            {(S3, "/packages/index.json", False): Answer(200, {}, b"")},
            "bucket",
            "index.json gets 200",
            id="open",
        ),
    ],
)
def test_what_is_not_as_it_should_be_fails_with_a_remedy(
    answers: dict[tuple[Origin, str, bool], Answer | NoAnswer], check: str, detail: str
) -> None:
    verdict, said, _ = findings(Outside(answers))[check]
    assert verdict == FAILED
    assert detail in said


def test_a_host_without_an_address_ends_the_examination() -> None:
    assert list(findings(Outside(), resolve=lambda _host: [])) == ["dns"]


def test_cloudfronts_403_over_http_is_nothing_at_all() -> None:
    found = findings(Outside({(HTTP, "/simple/", False): Answer(403, {}, b"")}))
    assert found["http"][:2] == (OK, "gets 403 and nothing else")


def test_an_address_that_is_not_https_fails_and_nothing_is_sent_there() -> None:
    outside = Outside()
    found = findings(outside, origin=HTTP)
    assert outside.sent == []
    assert {check: verdict for check, (verdict, *_) in found.items()} == {"tls": FAILED}


@pytest.mark.parametrize(("off", "side"), [(1000.0, "1000 s ahead"), (-1000.0, "1000 s behind")])
def test_a_clock_that_is_off_fails(off: float, side: str) -> None:
    verdict, detail, _ = findings(Outside(), now=lambda: NOW + off)["clock"]
    assert (verdict, side in detail) == (FAILED, True)


def test_without_a_date_the_clock_is_not_judged() -> None:
    answer = Answer(401, {"www-authenticate": "Basic realm=x"}, b"")
    assert findings(Outside(root(answer)))["clock"][0] == SKIPPED


def test_without_credentials_a_members_part_is_skipped() -> None:
    assert findings(Outside(), credential=None)["member"][0] == SKIPPED


def test_a_member_who_may_not_see_the_index_proves_only_that_he_is_let_in() -> None:
    verdict, detail, _ = findings(Outside(root(NOT_FOUND_BY_THE_FUNCTION, member=True)))["member"]
    assert verdict == SKIPPED
    assert "200 could not be proven" in detail


def test_a_list_of_projects_that_is_lost_is_not_taken_for_a_member_who_may_not_see_it() -> None:
    verdict, detail, remedy = findings(Outside(root(NOT_FOUND_BY_S3, member=True)))["member"]
    assert (verdict, remedy) == (FAILED, "s3twine verify --repair")
    assert "404 from the bucket" in detail


def test_the_function_marks_what_it_does_not_find_and_s3_does_not() -> None:
    """The two answers by which ``doctor`` tells them apart are those of the function and of S3."""
    made = generate(HTTPStatus.NOT_FOUND, "There is nothing here.")
    headers = {name: fields[0]["value"] for name, fields in made["headers"].items()}
    assert NOT_FOUND_BY_THE_FUNCTION.headers.items() <= headers.items()


SECRET_FILES = ("users.json", "keys.json")


def test_both_files_are_asked_for_by_every_route_by_strangers_and_members() -> None:
    outside = Outside()
    told = findings(outside)["config"][1]
    assert told == "64 of 64 requests by 16 routes were refused, as a stranger and as a member"
    asked = {
        (path, member) for origin, path, member in outside.sent if origin == HTTPS and path != "/simple/"
    }
    users, keys = ({one for one in asked if one[0].endswith(file)} for file in SECRET_FILES)
    assert {(path.replace("users", "keys"), member) for path, member in users} == keys
    assert len(users) == 32
    assert users | keys == asked


def test_without_credentials_it_is_said_that_no_member_asked() -> None:
    told = findings(Outside(), credential=None)["config"]
    assert told[:2] == (OK, "32 of 32 requests by 16 routes were refused, as a stranger only")


@pytest.mark.parametrize("member", [False, True], ids=["stranger", "member"])
@pytest.mark.parametrize("path", ADDRESSES)
def test_a_way_in_is_found_whichever_it_is(path: str, *, member: bool) -> None:
    verdict, detail, remedy = findings(Outside({(HTTPS, path, member): LEAK}))["config"]
    assert (verdict, detail) == (FAILED, f"{path} gets 200")
    assert "run `down` now" in remedy


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(NoAnswer(HTTPS, "reset"), "no answer", id="hangs up"),
        pytest.param(Answer(503, {}, b""), "503", id="cannot judge"),
    ],
)
def test_a_route_that_was_not_refused_is_not_called_closed(answer: Answer | NoAnswer, said: str) -> None:
    verdict, detail, _ = findings(Outside({(HTTPS, "//config/keys.json", True): answer}))["config"]
    assert verdict == FAILED
    assert detail.startswith("63 of 64 requests by 16 routes were refused")
    assert detail.endswith(f"; //config/keys.json gets {said}")


def test_a_rate_limit_that_answers_proves_nothing_and_is_no_failure_of_the_repository() -> None:
    too_many = Answer(429, {}, b"")
    answers = dict.fromkeys([(HTTPS, path, True) for path in ADDRESSES[4:]], too_many)
    verdict, detail, _ = findings(Outside({**answers}))["config"]
    assert verdict == SKIPPED
    assert detail.startswith("11 of 64 requests by 16 routes were refused")
    assert "--waf-rate" in detail


def test_a_server_in_trouble_hides_no_way_in() -> None:
    trouble = {(HTTPS, path, True): Answer(503, {}, b"") for path in ADDRESSES[:5]}
    verdict, detail, _ = findings(Outside({**trouble}))["config"]
    assert verdict == FAILED
    assert detail.startswith("59 of 64 requests by 16 routes were refused")
    assert detail.endswith(f"{ADDRESSES[2]} gets 503, 2 more likewise")
    leaking = Outside({**trouble, (HTTPS, ADDRESSES[-1], True): LEAK})
    assert findings(leaking)["config"][1] == f"{ADDRESSES[-1]} gets 200"


def test_whose_credentials_are_refused_has_asked_as_a_stranger() -> None:
    refused = {(HTTPS, path, True): Answer(401, {}, b"") for path in ADDRESSES}
    assert findings(Outside({**refused}))["config"][1].endswith("were refused, as a stranger only")


def test_a_failure_that_holds_the_secret_is_a_way_in() -> None:
    leak = LEAK._replace(status=500)
    assert findings(Outside({(HTTPS, ADDRESSES[0], False): leak}))["config"][1].endswith("gets 500")


def test_where_nobody_answers_nothing_is_proven_and_nobody_waits_for_every_route() -> None:
    hung_up = NoAnswer(HTTPS, "reset")
    outside = Outside({(HTTPS, path, member): hung_up for path in ADDRESSES for member in (True, False)})
    verdict, detail, _ = findings(outside)["config"]
    assert (verdict, detail.split(" requests")[0]) == (FAILED, "0 of 64")
    assert sum(path in ADDRESSES for origin, path, _ in outside.sent if origin == HTTPS) == 3


@pytest.mark.parametrize("s3", [None, (S3, "/")])
def test_a_bucket_that_is_not_known_or_not_there_is_skipped(s3: object) -> None:
    outside = Outside({(S3, "/", False): NoAnswer(S3, "no such host")})
    assert findings(outside, s3=s3)["bucket"][0] == SKIPPED


def there(**headers: str) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


MOVED = there(x_amz_bucket_region="eu-central-1")
ANYWHERE = Origin("https", "acme.s3.amazonaws.com", 443)
LOCAL = Origin("http", "127.0.0.1", 8333)


@pytest.mark.parametrize("status", [301, 307, 400])
def test_a_bucket_is_asked_where_s3_says_that_it_is(status: int) -> None:
    outside = Outside({(ANYWHERE, "/", False): Answer(status, MOVED, b"")})
    assert findings(outside, s3=(ANYWHERE, "/"))["bucket"][0] == OK
    outside.answers[S3, "/", False] = Answer(200, {}, b"")
    assert findings(outside, s3=(ANYWHERE, "/"))["bucket"][0] == FAILED


@pytest.mark.parametrize(
    ("origin", "path", "answer", "said"),
    [
        pytest.param(ANYWHERE, "/", Answer(307, {}, b""), "give --region", id="no region said"),
        pytest.param(
            ANYWHERE, "/", Answer(301, there(x_amz_bucket_region="a.b/"), b""), "--region", id="no name"
        ),
        pytest.param(LOCAL, "/", Answer(400, MOVED, b""), "give --region", id="not S3 itself"),
        pytest.param(S3, "/", Answer(301, MOVED, b""), "give --region", id="again and again"),
        pytest.param(S3, "/", Answer(404, {}, b""), "there is no bucket of that name", id="no bucket"),
        pytest.param(S3, "/config/users.json", Answer(404, {}, b""), "users.json gets 404", id="no object"),
        pytest.param(S3, "/", Answer(503, {}, b""), "the list gets 503", id="busy"),
    ],
)
def test_an_answer_that_gives_nothing_away_is_no_alarm(
    origin: Origin, path: str, answer: Answer, said: str
) -> None:
    verdict, detail, _ = findings(Outside({(origin, path, False): answer}), s3=(origin, "/"))["bucket"]
    assert verdict == SKIPPED
    assert said in detail


WHERE = Whereabouts("acme", "eu-central-1", None, "https://pypi.acme.com/simple/", "acme")


def test_the_bucket_answers_in_its_region_or_at_its_endpoint() -> None:
    assert find_bucket(WHERE) == (S3, "/")
    assert find_bucket(WHERE._replace(region=None)) == (Origin("https", "acme.s3.amazonaws.com", 443), "/")
    local = WHERE._replace(endpoint_url="http://127.0.0.1:8333")
    assert find_bucket(local) == (Origin("http", "127.0.0.1", 8333), "/acme/")
    assert find_bucket(WHERE._replace(bucket=None)) is None


def test_a_repository_without_an_address_cannot_be_examined() -> None:
    assert find_origin(WHERE) == HTTPS
    with pytest.raises(UsageError, match="the address of acme is not known"):
        find_origin(WHERE._replace(url=None))


@pytest.mark.loopback
@pytest.mark.slow
def test_a_repository_on_this_machine_passes_with_an_upload_and_an_install(tmp_path: Path) -> None:
    doctor = [sys.executable, "-m", "s3pypi_deploy", "doctor", "--probe", "--json"]
    serve = [sys.executable, "-m", "s3pypi_serve", "--port", "0", "--refresh", "1"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    command = [*serve, "--", *doctor]
    ended = subprocess.run(command, capture_output=True, text=True, env=environ, cwd=tmp_path, check=False)
    assert ended.stdout, ended.stderr
    found = {one["check"]: one["verdict"] for one in json.loads(ended.stdout)["findings"]}
    assert found == {
        **dict.fromkeys(["dns", "stranger", "clock", "member", "config", "bucket"], OK),
        **dict.fromkeys(["probe: upload", "probe: fetch", "probe: install"], OK),
        **dict.fromkeys(["tls", "http"], SKIPPED),
    }
    assert ended.returncode == 0
