"""Every way that is known to write an address which means something else to the next one who reads it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.edge.events import basic, viewer_request
from tests.edge.gates import entrance
from tests.edge.test_places import SAFE_KEY, WHEEL

DOOR = entrance()
ALICE = basic("alice", "wonder:land")

DOTS = {
    "plain": "..",
    "one": ".",
    "encoded": "%2e%2e",
    "half encoded": ".%2e",
    "capital encoded": "%2E%2E",
    "doubly encoded": "%252e%252e",
    "encoded digits": "%%32%65%%32%65",
    "overlong": "%c0%ae%c0%ae",
    "overlong by three": "%e0%80%ae%e0%80%ae",
    "as IIS wrote it": "%u002e%u002e",
    "full width": "%ef%bc%8e%ef%bc%8e",
    "with a parameter": "..;",
    "with an encoded parameter": "..%3b",
    "with NUL": "..%00",
    "with a space": "..%20",
    "three": "...",
}
SLASHES = {
    "plain": "/",
    "two": "//",
    "encoded": "%2f",
    "capital encoded": "%2F",
    "doubly encoded": "%252f",
    "backslash": "\\",
    "encoded backslash": "%5c",
    "doubly encoded backslash": "%255c",
    "overlong": "%c0%af",
    "overlong backslash": "%c1%9c",
    "full width": "%ef%bc%8f",
    "division": "%e2%88%95",
}
BEGINNINGS = [
    "/",
    "/simple/",
    "/simple/demo/",
    "/demo/",
    "/packages/",
    "/packages/demo/",
    f"/simple/demo/{WHEEL}/",
]
OBJECTS = ["config{slash}users.json", "config{slash}keys.json", "packages{slash}index.json"]


def _status(uri: str, authorization: str | None = ALICE, method: str = "GET") -> str | None:
    answer = DOOR.gate.answer(viewer_request(uri, authorization=authorization, method=method))
    status: str | None = answer.get("status")
    return status


@pytest.mark.parametrize("slash", SLASHES.values(), ids=[f"{name} slash" for name in SLASHES])
@pytest.mark.parametrize("dots", DOTS.values(), ids=[f"{name} dots" for name in DOTS])
def test_no_dots_and_slashes_lead_out_of_the_index(dots: str, slash: str) -> None:
    for beginning, steps, target in itertools.product(BEGINNINGS, (1, 2, 3), OBJECTS):
        uri = beginning + (dots + slash) * steps + target.format(slash=slash)
        assert _status(uri) == "404", uri
        assert _status(uri, None) == "401", uri


@pytest.mark.parametrize("slash", SLASHES.values(), ids=SLASHES)
@pytest.mark.parametrize("folder", ["config", "CONFIG", "Config", "%63onfig", "packages/../config", ""])
@pytest.mark.parametrize(
    "name", ["users.json", "USERS.JSON", "keys.json", "%75sers.json", "users.json%00.whl"]
)
def test_the_user_store_has_no_address(folder: str, name: str, slash: str) -> None:
    for beginning in BEGINNINGS:
        assert _status(f"{beginning}{folder}{slash}{name}") == "404"


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("/PACKAGES/demo/index.json", id="capital packages"),
        pytest.param("/Packages/index.html", id="mixed packages"),
        pytest.param("/packages/demo/index.json", id="the key itself"),
        pytest.param(f"/packages/demo/{WHEEL}", id="the key of a file"),
        pytest.param("/SIMPLE/demo/", id="capital simple"),
        pytest.param("/%73imple/demo/%2e%2e/", id="encoded simple, dots"),
        pytest.param("/simple;x=1/demo/", id="parameter of a segment"),
        pytest.param(f"/simple/demo/{WHEEL};x", id="parameter of a file"),
        pytest.param(f"/simple/demo/{WHEEL}%00", id="NUL at the end"),
        pytest.param(f"/simple/demo/\x00{WHEEL}", id="plain NUL"),
        pytest.param(f"/simple/demo%0d%0aX-Header:%20x/{WHEEL}", id="line end"),
        pytest.param("https://pypi.acme.com/simple/demo/", id="absolute"),
        pytest.param("HTTP://evil.example/simple/demo/", id="absolute, another host"),
        pytest.param("//evil.example/simple/demo/", id="without scheme"),
        pytest.param("/https://evil.example/", id="absolute behind a slash"),
        pytest.param("/simple/demo/%3fx=1", id="encoded question mark"),
        pytest.param("/simple/demo/%23x", id="encoded number sign"),
        pytest.param("/simple/%20demo/", id="space in front"),
        pytest.param("/simple/demo%20/", id="space behind"),
        pytest.param("/simple/.demo/", id="hidden"),
        pytest.param("/simple/demo./", id="dot behind"),
        pytest.param("/simple/~demo/", id="home"),
        pytest.param("/simple/demo/.metadata", id="metadata of nothing"),
        pytest.param("/simple/*/", id="glob"),
        pytest.param("/simple/%EF%BD%84emo/", id="full-width letter"),
        pytest.param("/simple/d%C4%B1mo/", id="letter that lowers to another"),
        pytest.param("/simple/%E2%84%AA/", id="letter that is another in capitals"),
        pytest.param("/simple/\u212a/", id="the same, not encoded"),
        pytest.param("/simple/demo/" + "a" * 300 + "-1.0.tar.gz", id="file name too long"),
        pytest.param("/simple/" + "a/" * 3000, id="thousands of segments"),
        pytest.param("/" + "%2e" * 2000, id="thousands of dots"),
    ],
)
def test_what_only_looks_like_an_address_is_none(uri: str) -> None:
    for method in ("GET", "HEAD"):
        assert _status(uri, method=method) == "404"
        assert _status(uri, None, method) == "401"


ATOMS = st.sampled_from(
    [*DOTS.values(), *SLASHES.values(), "config", "users.json", "packages", "simple", "demo", WHEEL]
)


@given(st.lists(ATOMS, min_size=1, max_size=9).map(lambda atoms: "/" + "".join(atoms)))
def test_no_mixture_leads_out_of_packages(uri: str) -> None:
    answer = DOOR.gate.answer(viewer_request(uri, authorization=ALICE))
    assert answer.get("status") in {"301", "404"} or SAFE_KEY.fullmatch(answer["uri"])
    assert _status(uri, None) == "401"
