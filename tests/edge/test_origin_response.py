"""What becomes of the bucket's answers, alone and behind the viewer-request function."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import zipfile
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import s3pypi_edge
from s3pypi_edge import origin_response
from s3pypi_edge.config import EdgeConfig
from s3pypi_edge.fallback import Fallback
from tests.edge.events import CDN_DOMAIN, basic, viewer_request
from tests.edge.gates import TOKEN, entrance
from tests.edge.test_places import NASTY

if TYPE_CHECKING:
    from collections.abc import Callable

UPSTREAM = "https://index.example/simple/"
CONFIG = EdgeConfig("acme-pypi", "eu-central-1", "acme", upstream=UPSTREAM, reserved=("acme", "acme-*"))
WHEEL = "/packages/demo/demo-1.0-py3-none-any.whl"
ALICE = basic("alice", "wonder:land")
BOB = basic("bob", "builder")
# As S3 sends an error: chunked, and with the names of bucket and key in the body, which no function sees.
S3_HEADERS = {
    "x-amz-request-id": [{"key": "x-amz-request-id", "value": "4442587FB7D0A2F9"}],
    "content-type": [{"key": "Content-Type", "value": "application/xml"}],
    "transfer-encoding": [{"key": "Transfer-Encoding", "value": "chunked"}],
    "server": [{"key": "Server", "value": "AmazonS3"}],
}


def origin_event(uri: str, status: str = "404", method: str = "GET") -> dict[str, Any]:
    """An event as CloudFront shapes it."""
    request = {
        "clientIp": "203.0.113.178",
        "headers": {"host": [{"key": "Host", "value": "acme-pypi.s3.eu-central-1.amazonaws.com"}]},
        "method": method,
        "origin": {"s3": {"authMethod": "none", "customHeaders": {}, "path": ""}},
        "querystring": "",
        "uri": uri,
    }
    config = {
        "distributionDomainName": CDN_DOMAIN,
        "distributionId": "EDFDVBD6EXAMPLE",
        "eventType": "origin-response",
        "requestId": "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==",
    }
    phrase = HTTPStatus(int(status)).phrase
    response = {"status": status, "statusDescription": phrase, "headers": copy.deepcopy(S3_HEADERS)}
    return {"Records": [{"cf": {"config": config, "request": request, "response": response}}]}


def ask(event: dict[str, Any], config: EdgeConfig | None = CONFIG) -> dict[str, Any]:
    """The answer to an event; where it is not the bucket's own, it is a whole new one."""
    before = copy.deepcopy(event["Records"][0]["cf"]["response"])
    answer = Fallback(config, lambda _: None).answer(event)
    assert answer["status"] == "302" or answer == before
    return answer


def location(answer: dict[str, Any]) -> str | None:
    """Where an answer sends to, if anywhere."""
    return answer["headers"]["location"][0]["value"] if "location" in answer["headers"] else None


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("form", ["json", "html"])
@pytest.mark.parametrize("project", ["demo", "a", "a-b-1", "simple", "packages", "index-json", "acmelib"])
def test_a_missing_project_is_a_redirect_to_its_page_upstream(project: str, form: str, method: str) -> None:
    answer = ask(origin_event(f"/packages/{project}/index.{form}", method=method))
    assert (answer["status"], answer["statusDescription"]) == ("302", "Found")
    assert location(answer) == f"{UPSTREAM}{project}/"


def test_a_redirect_is_kept_by_no_cache_and_has_nothing_of_the_buckets_answer_but_what_must_stay() -> None:
    answer = ask(origin_event("/packages/demo/index.json"))
    assert answer == {
        "status": "302",
        "statusDescription": "Found",
        "headers": {
            "cache-control": [{"key": "Cache-Control", "value": "no-store"}],
            "content-type": [{"key": "Content-Type", "value": "text/plain; charset=utf-8"}],
            "location": [{"key": "Location", "value": f"{UPSTREAM}demo/"}],
            "transfer-encoding": [{"key": "Transfer-Encoding", "value": "chunked"}],
        },
        "body": "It may be on the public index.\n",
    }


def test_an_answer_that_is_not_chunked_is_not_made_so() -> None:
    event = origin_event("/packages/demo/index.json")
    del event["Records"][0]["cf"]["response"]["headers"]["transfer-encoding"]
    assert "transfer-encoding" not in ask(event)["headers"]


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("/packages/index.json", id="root record"),
        pytest.param("/packages/index.html", id="root page"),
        pytest.param(WHEEL, id="wheel"),
        pytest.param(f"{WHEEL}.metadata", id="metadata"),
        pytest.param("/packages/demo/demo-1.0.tar.gz", id="sdist"),
        pytest.param("/packages/demo/index.htm", id="another file name"),
        pytest.param("/packages/demo/index.json.metadata", id="metadata of a record"),
        pytest.param("/packages/demo/index.json/", id="a slash at the end"),
        pytest.param("/packages/demo/index.json\n", id="a line end"),
        pytest.param("/packages/demo/INDEX.json", id="capitals"),
        pytest.param("/packages/Demo/index.json", id="a project in capitals"),
        pytest.param("/packages/de_mo/index.json", id="a project that is not normalised"),
        pytest.param("/packages/-demo/index.json", id="no name of a project"),
        pytest.param("/packages//index.json", id="no project"),
        pytest.param("/packages/../index.json", id="a dot segment"),
        pytest.param("/packages/%64emo/index.json", id="encoded"),
        pytest.param("/packages/d\N{KELVIN SIGN}/index.json", id="beyond ASCII"),
        pytest.param("/packages/evil.example\\/index.json", id="a backslash"),
        pytest.param("/packages/demo/x/index.json", id="a folder more"),
        pytest.param("/simple/demo/index.json", id="not below packages"),
        pytest.param("/config/users.json", id="the user store"),
        pytest.param("//packages/demo/index.json", id="two slashes"),
        pytest.param("packages/demo/index.json", id="no slash"),
        pytest.param("", id="nothing"),
    ],
)
def test_nothing_else_that_is_missing_goes_upstream(uri: str) -> None:
    assert ask(origin_event(uri))["status"] == "404"


@pytest.mark.parametrize(
    "status", ["200", "206", "304", "400", "403", "405", "410", "412", "416", "500", "503"]
)
def test_only_what_the_bucket_says_is_absent_goes_upstream(status: str) -> None:
    # A project that is quarantined or has no files left is a 200: it is here, and stays here.
    assert ask(origin_event("/packages/demo/index.json", status))["status"] == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "get", ""])
def test_only_reading_goes_upstream(method: str) -> None:
    assert ask(origin_event("/packages/demo/index.json", method=method))["status"] == "404"


@pytest.mark.parametrize("project", ["acme", "acme-lib", "acme-a-b"])
@pytest.mark.parametrize("form", ["json", "html"])
def test_a_reserved_name_never_goes_upstream(project: str, form: str) -> None:
    assert ask(origin_event(f"/packages/{project}/index.{form}"))["status"] == "404"


@pytest.mark.parametrize("reserved", [("*",), ("d*",), ("d?mo",), ("x", "demo")], ids=str)
def test_any_glob_can_reserve_a_name(reserved: tuple[str, ...]) -> None:
    config = CONFIG._replace(reserved=reserved)
    assert ask(origin_event("/packages/demo/index.json"), config)["status"] == "404"


@pytest.mark.parametrize("config", [CONFIG._replace(upstream=None), None], ids=["off", "no configuration"])
def test_without_an_upstream_every_answer_stays(config: EdgeConfig | None) -> None:
    assert ask(origin_event("/packages/demo/index.json"), config)["status"] == "404"


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda cf: cf["request"].pop("uri"), id="no uri"),
        pytest.param(lambda cf: cf["request"].update(uri=None), id="a uri that is no text"),
        pytest.param(lambda cf: cf.pop("request"), id="no request"),
        pytest.param(lambda cf: cf["response"].pop("headers"), id="no headers"),
        pytest.param(lambda cf: cf["response"].update(headers=None), id="headers that are none"),
    ],
)
def test_where_the_function_fails_the_answer_stays_and_the_log_says_why(
    spoil: Callable[[dict[str, Any]], object],
) -> None:
    event = origin_event("/packages/demo/index.json")
    spoil(event["Records"][0]["cf"])
    log: list[str] = []
    answer = Fallback(CONFIG, log.append).answer(event)
    assert answer is event["Records"][0]["cf"]["response"]
    (line,) = map(json.loads, log)
    assert line["verdict"] == "404"
    assert line["reason"].startswith("failed with ")


@pytest.mark.parametrize(
    ("uri", "facts"),
    [
        ("/packages/demo/index.json", {"project": "demo", "verdict": "302", "reason": "upstream"}),
        ("/packages/acme-x/index.html", {"project": "acme-x", "verdict": "404", "reason": "reserved"}),
        (WHEEL, None),
    ],
)
def test_the_log_has_a_line_for_each_project_that_is_missed(uri: str, facts: dict[str, str] | None) -> None:
    log: list[str] = []
    Fallback(CONFIG, log.append).answer(origin_event(uri))
    nobody = {"who": None, "kind": None, "file": None}
    assert [json.loads(line) for line in log] == ([] if facts is None else [{**nobody, **facts}])


def both(uri: str, authorization: str, accept: str | None = None, method: str = "GET") -> dict[str, Any]:
    """What a viewer gets from a bucket in which nothing is, through both functions."""
    event = viewer_request(uri, authorization=authorization, accept=accept, method=method)
    answer = entrance().gate.answer(event)
    if "status" in answer:
        return answer
    assert "authorization" not in answer["headers"]
    return ask(origin_event(answer["uri"], method=answer["method"]))


@pytest.mark.parametrize("accept", [None, "text/html", "application/vnd.pypi.simple.v1+json"])
@pytest.mark.parametrize("uri", ["/simple/requests/", "/requests/", "/%72equests/"])
def test_who_may_see_everything_is_sent_upstream_for_what_is_not_here(uri: str, accept: str | None) -> None:
    assert location(both(uri, ALICE, accept)) == f"{UPSTREAM}requests/"


@pytest.mark.parametrize(
    ("authorization", "uri", "status"),
    [
        pytest.param(BOB, "/simple/requests/", "404", id="a name that this user may not see"),
        pytest.param(BOB, "/simple/demo/", "302", id="one that the user may see"),
        pytest.param(BOB, "/simple/acme-lib/", "404", id="one that is reserved, too"),
        pytest.param(ALICE, "/simple/acme-lib/", "404", id="reserved, for who may see everything"),
        pytest.param(basic("nobody", "nothing"), "/simple/requests/", "404", id="a user who sees nothing"),
        pytest.param(basic("mallory", "x"), "/simple/requests/", "401", id="a stranger"),
        pytest.param(basic("", TOKEN), "/simple/requests/", "302", id="a token"),
        pytest.param(ALICE, "/simple/Requests/", "301", id="another spelling goes to the right one first"),
        pytest.param(ALICE, "/simple/", "404", id="the root"),
        pytest.param(ALICE, "/simple/demo/demo-1.0-py3-none-any.whl", "404", id="a file"),
        pytest.param(ALICE, "/simple/demo/demo-1.0-py3-none-any.whl.metadata", "404", id="its metadata"),
        pytest.param(ALICE, "/packages/demo/index.json", "404", id="a key"),
    ],
)
def test_both_functions_together_send_upstream_only_what_they_should(
    authorization: str, uri: str, status: str
) -> None:
    answer = both(uri, authorization)
    assert answer["status"] == status
    assert (location(answer) or "").startswith("https://") is (status == "302")


@given(
    NASTY | st.text(),
    st.sampled_from(["200", "304", "403", "404", "500"]),
    st.sampled_from(["GET", "HEAD", "PUT"]),
)
@example("/packages/demo/index.json", "404", "GET")
def test_no_event_at_all_is_redirected_but_to_the_page_of_one_project(
    uri: str, status: str, method: str
) -> None:
    answer = ask(origin_event(uri, status, method))
    if answer["status"] != status:
        project = uri.split("/")[2]
        assert (status, method != "PUT") == ("404", True)
        assert uri in (f"/packages/{project}/index.json", f"/packages/{project}/index.html")
        assert location(answer) == f"{UPSTREAM}{project}/"
        assert project.isascii()
        assert project.replace("-", "").isalnum()


@given(st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True), st.sampled_from(["json", "html"]))
def test_every_normalised_name_goes_to_its_own_page(project: str, form: str) -> None:
    answer = ask(origin_event(f"/packages/{project}/index.{form}"), CONFIG._replace(reserved=()))
    assert location(answer) == f"{UPSTREAM}{project}/"


def _missing() -> bytes:
    raise FileNotFoundError(2, "No such file or directory")


@pytest.mark.parametrize(
    ("load", "reason"),
    [
        pytest.param(_missing, "No such file", id="missing"),
        pytest.param(lambda: None, "Expecting value", id="not to be had"),
        pytest.param(lambda: b"{", "Expecting", id="cut short"),
        pytest.param(lambda: b"{}", "bucket", id="malformed"),
        pytest.param(lambda: _config(upstream="http://pypi.org/simple/"), "upstream", id="a wrong upstream"),
        pytest.param(lambda: _config(reserved=["a/b"]), "a/b", id="a wrong glob"),
    ],
)
def test_a_configuration_that_cannot_be_used_redirects_nothing(
    load: Callable[[], bytes | None], reason: str
) -> None:
    log: list[str] = []
    answer = origin_response.build(load, log.append)
    event = origin_event("/packages/demo/index.json")
    assert answer(event) is event["Records"][0]["cf"]["response"]
    (line,) = map(json.loads, log)
    assert reason in line["reason"]


def _config(**more: object) -> bytes:
    least = {"bucket": "acme-pypi", "region": "eu-central-1", "realm": "acme", "upstream": UPSTREAM}
    return json.dumps({**least, **more}).encode()


def test_a_configuration_with_an_upstream_redirects(capsys: pytest.CaptureFixture[str]) -> None:
    answer = origin_response.build(_config)(origin_event("/packages/demo/index.json"))
    assert location(answer) == f"{UPSTREAM}demo/"
    assert json.loads(capsys.readouterr().out)["verdict"] == "302"


def test_a_checkout_without_configuration_redirects_nothing() -> None:
    event = origin_event("/packages/demo/index.json")
    assert origin_response.handle(event, None) is event["Records"][0]["cf"]["response"]


PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from s3pypi_edge.origin_response import handle
for event in json.load(sys.stdin):
    print(json.dumps(handle(event, None)))
print(json.dumps(sorted(sys.modules)))
"""
# What the other function needs to verify somebody, and to ask S3.
HEAVY = {"ssl", "http.client", "socket", "urllib.request", "s3pypi_edge.gate", "s3pypi_edge.store"}


@pytest.mark.parametrize("reserved", [[], ["acme-*"]], ids=["nothing reserved", "a name reserved"])
def test_it_runs_on_the_standard_library_alone_and_imports_little(
    tmp_path: Path, reserved: list[str]
) -> None:
    edge_zip = tmp_path / "edge.zip"
    with zipfile.ZipFile(edge_zip, "w") as archive:
        for module in Path(s3pypi_edge.__file__).parent.glob("*.py"):
            archive.write(module, f"s3pypi_edge/{module.name}")
        archive.writestr("s3pypi_edge/config.json", _config(reserved=reserved))
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", PROGRAM, str(edge_zip)],
        input=json.dumps([origin_event("/packages/demo/index.json"), origin_event(WHEEL)]),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    log, redirect, stayed, modules = map(json.loads, ran.stdout.splitlines())
    assert (log["verdict"], redirect["status"], stayed["status"]) == ("302", "302", "404")
    assert HEAVY.isdisjoint(modules)
    assert ran.stderr == ""
