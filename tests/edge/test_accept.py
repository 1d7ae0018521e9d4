from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3pypi_edge.accept import negotiate

JSON, HTML = "application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.v1+html"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        pytest.param(f"{JSON}, {HTML}; q=0.1, text/html; q=0.01", "json", id="pip and uv"),
        pytest.param(f"{JSON}, */*;q=0.1", "json", id="poetry"),
        pytest.param("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html", id="browser"),
        pytest.param(None, "html", id="not sent"),
        pytest.param("", "html", id="empty"),
        pytest.param("*/*", "html", id="anything"),
        pytest.param("*/*;q=0.1", "html", id="anything, a little"),
        pytest.param(JSON, "json", id="JSON"),
        pytest.param(HTML, "html", id="HTML"),
        pytest.param("text/html", "html", id="the alias of HTML"),
        pytest.param("application/vnd.pypi.simple.latest+json", "json", id="the latest JSON"),
        pytest.param("application/vnd.pypi.simple.latest+html", "html", id="the latest HTML"),
        pytest.param("application/vnd.pypi.simple.v2+json", None, id="version 2"),
        pytest.param("application/json", None, id="plain JSON"),
        pytest.param("image/png", None, id="a picture"),
        pytest.param("application/*", "json", id="any application"),
        pytest.param("text/*", "html", id="any text"),
        pytest.param("text/*, application/*", "json", id="any text or application"),
        pytest.param(f"{JSON}, {HTML}", "json", id="both alike"),
        pytest.param(f"text/html, {JSON}", "json", id="both alike, the other way round"),
        pytest.param(f"{HTML}, {JSON};q=0.9", "html", id="HTML rather"),
        pytest.param("text/html, */*", "html", id="HTML by name and anything"),
        pytest.param(f"{JSON}, */*", "json", id="JSON by name and anything"),
        pytest.param("text/html;q=0, */*", "json", id="anything but HTML"),
        pytest.param(f"{JSON};q=0, */*", "html", id="anything but JSON"),
        pytest.param(f"{JSON};q=0", None, id="not JSON"),
        pytest.param("*/*;q=0", None, id="nothing"),
        pytest.param(f"text/html;q=0, {HTML}", "html", id="HTML by one of its names"),
        pytest.param(f"{JSON};q=0.000, text/html;q=0.001", "html", id="three digits"),
        pytest.param(f"{JSON.upper()};Q=1.0", "json", id="capitals"),
        pytest.param(f"  {JSON} ; q = 0.5 , text/html;q=0.4", "json", id="spaces"),
        pytest.param("text/html;charset=utf-8;q=0.5", "html", id="another parameter"),
        pytest.param(f"{JSON};q=2, text/html;q=0.1", "html", id="impossible weight is ignored"),
        pytest.param(f"{JSON};q=.5, text/html;q=0.1", "html", id="malformed weight is ignored"),
        pytest.param(f"{JSON};q=, text/html;q=0.1", "html", id="empty weight is ignored"),
        pytest.param("json, text, ;q=1, /", "html", id="all malformed"),
        pytest.param(f"json, , {JSON}", "json", id="some malformed"),
    ],
)
def test_the_form_is_what_pep_691_says(accept: str | None, form: str | None) -> None:
    assert negotiate(accept) == form


@given(st.text() | st.text("application/vnd.pypi.simple.v1+json*;q=,01 "))
def test_any_text_gets_an_answer(accept: str) -> None:
    assert negotiate(accept) in ("json", "html", None)
