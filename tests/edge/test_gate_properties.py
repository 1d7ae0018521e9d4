"""What no request whatsoever can do."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.edge.events import HOST, basic, viewer_request
from tests.edge.gates import TOKEN, entrance
from tests.edge.test_places import NASTY, SAFE_KEY

DOOR = entrance()
ALICE = basic("alice", "wonder:land")

METHODS = st.sampled_from(["GET", "HEAD", "POST"]) | st.text()
URIS = NASTY | st.text()
HEADER_NAMES = st.sampled_from(
    ["Accept", "Cookie", "X-Forwarded-For", "Proxy-Authorization", "X-Authorization"]
)
HEADERS = st.lists(st.tuples(HEADER_NAMES | st.text(min_size=1), st.text()), max_size=4).filter(
    lambda headers: all(name.lower() not in ("authorization", "host") for name, _ in headers)
)
SECRETS = st.text() | st.sampled_from(
    ["wonder:lan", "wonder:land ", TOKEN[:-1], TOKEN + "x", "s3p_", "s3ps_x"]
)
NAMES = st.sampled_from(["alice", "bob", "ci", "", "mallory"]) | st.text()
WRONG = (
    st.none()
    | st.text()
    | st.text().map(lambda text: f"Basic {text}")
    | st.tuples(NAMES.filter(lambda name: ":" not in name), SECRETS).map(lambda pair: _basic(*pair))
    | st.sampled_from([ALICE.replace("Basic", "Bearer"), f"{ALICE}, {ALICE}", ALICE[6:], f"{ALICE}A"])
)


def _basic(name: str, secret: str) -> str:
    return basic(name, secret.encode("utf-8", "replace").decode(), "utf-8")


def _request(answer: dict[str, Any]) -> bool:
    """Whether CloudFront would go on with it."""
    return "status" not in answer


@given(METHODS, URIS, WRONG, HEADERS, st.text(), st.sampled_from([HOST]) | st.text())
def test_no_unauthenticated_request_is_ever_passed_on(
    method: str,
    uri: str,
    authorization: str | None,
    headers: list[tuple[str, str]],
    querystring: str,
    host: str,
) -> None:
    answer = DOOR.gate.answer(
        viewer_request(
            uri,
            method=method,
            authorization=authorization,
            headers=headers,
            querystring=querystring,
            host=host,
        )
    )
    assert answer["status"] in {"401", "405", "421", "503"}


@given(METHODS, URIS, HEADERS, st.text())
def test_no_request_at_all_is_passed_on_to_a_key_outside_of_packages(
    method: str, uri: str, headers: list[tuple[str, str]], querystring: str
) -> None:
    event = viewer_request(uri, method=method, authorization=ALICE, headers=headers, querystring=querystring)
    answer = DOOR.gate.answer(event)
    if not _request(answer):
        assert answer["status"] in {"301", "404", "405", "406"}
        return
    assert SAFE_KEY.fullmatch(answer["uri"])
    assert answer["querystring"] == ""
    assert "authorization" not in answer["headers"]
