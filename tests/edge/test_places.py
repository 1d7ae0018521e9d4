from __future__ import annotations

import re
from urllib.parse import quote, unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from s3pypi_edge.keys import Project, is_file_name
from s3pypi_edge.places import LONGEST_PATH, Place, find_place

WHEEL = "demo-1.0-py3-none-any.whl"
LOCAL = "demo-1!1.0+local.1-py3-none-any.whl"
LOCAL_QUOTED = "demo-1%211.0%2Blocal.1-py3-none-any.whl"
DEMO = Project("demo")


@pytest.mark.parametrize(
    ("uri", "form", "key"),
    [
        pytest.param("/", "json", "/packages/index.json", id="root, short"),
        pytest.param("/simple/", "html", "/packages/index.html", id="root"),
        pytest.param("/simple/demo/", "json", "/packages/demo/index.json", id="record"),
        pytest.param("/demo/", "html", "/packages/demo/index.html", id="page, short"),
        pytest.param("/%64emo/", "json", "/packages/demo/index.json", id="encoded letter"),
        pytest.param("/simple/simple/", "json", "/packages/simple/index.json", id="project named simple"),
        pytest.param("/packages/", "json", "/packages/packages/index.json", id="project named packages"),
        pytest.param("/config/", "json", "/packages/config/index.json", id="project named config"),
        pytest.param(f"/simple/demo/{WHEEL}", "file", f"/packages/demo/{WHEEL}", id="wheel"),
        pytest.param(f"/demo/{WHEEL}.metadata", "file", f"/packages/demo/{WHEEL}.metadata", id="metadata"),
        pytest.param(f"/simple/demo/{LOCAL}", "file", f"/packages/demo/{LOCAL_QUOTED}", id="plus"),
        pytest.param(f"/demo/{LOCAL_QUOTED}", "file", f"/packages/demo/{LOCAL_QUOTED}", id="encoded plus"),
    ],
)
def test_an_address_means_a_key(uri: str, form: str, key: str) -> None:
    place = find_place(uri)
    assert place is not None
    assert place.moved_to is None
    assert place.uri(form) == key


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        pytest.param("/simple", Place(None, None, "/simple/"), id="root without its slash"),
        pytest.param("/simple/demo", Place(DEMO, None, "/simple/demo/"), id="project without its slash"),
        pytest.param("/demo", Place(DEMO, None, "/simple/demo/"), id="short, without its slash"),
        pytest.param("/simple/Demo/", Place(DEMO, None, "/simple/demo/"), id="capitals"),
        pytest.param("/Demo/", Place(DEMO, None, "/simple/demo/"), id="short, capitals"),
        pytest.param(
            "/simple/a_.b", Place(Project("a-b"), None, "/simple/a-b/"), id="separators, without its slash"
        ),
        pytest.param(f"/simple/Demo/{LOCAL}", Place(DEMO, LOCAL, f"/simple/demo/{LOCAL_QUOTED}"), id="file"),
        pytest.param(f"/Demo/{WHEEL}", Place(DEMO, WHEEL, f"/simple/demo/{WHEEL}"), id="short, file"),
    ],
)
def test_another_spelling_moves_to_the_one_address(uri: str, place: Place) -> None:
    assert find_place(uri) == place


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "simple/",
        "//",
        "//simple/",
        "/simple//",
        "/simple//demo/",
        "/simple/demo//",
        f"/simple/demo//{WHEEL}",
        f"/simple/demo/{WHEEL}/",
        f"/simple/demo/x/{WHEEL}",
        "/simple/..",
        "/simple/../config/users.json",
        "/simple/./demo/",
        "/simple/%2e%2e/config/users.json",
        "/simple/%2E%2E%2Fconfig/users.json",
        "/simple/%252e%252e/config/users.json",
        "/simple/demo/..%2f..%2f..%2fconfig%2fusers.json",
        "/simple/demo/%2e%2e%5cconfig",
        "/simple\\demo/",
        "/simple/demo\\",
        "/simple%2Fdemo/",
        "/%2Fsimple/",
        "/config/users.json",
        "/config/keys.json",
        "/packages/index.json",
        "/packages/demo/index.json",
        "/simple/demo/index.json",
        "/simple/demo/index.html",
        "/Simple/",
        "/SIMPLE",
        "/Simple/demo/",
        f"/Simple/{WHEEL}",
        "/-/",
        "/-/token",
        "/-",
        "/simple/-/",
        "/simple/demo%00/",
        "/simple/demo%0a/",
        "/simple/demo\n/",
        "/simple/demo%/",
        "/simple/demo%2/",
        "/simple/demo%zz/",
        "/simple/d%c3%a9mo/",
        "/simple/d\xe9mo/",
        "/simple/%ff/",
        "/simple/%c0%ae%c0%ae/",
        "/simple/\ud800/",
        "/simple/demo/?x",
        "/simple/demo;x/",
        "/simple/demo/#x",
        "/simple/de mo/",
        "/simple/de+mo/",
        "https://pypi.acme.com/simple/",
        "*",
        f"/simple/{'a' * LONGEST_PATH}/",
        f"/simple/{'%61' * LONGEST_PATH}/",
    ],
    ids=lambda uri: ascii(uri)[:50],
)
def test_everything_else_means_nothing(uri: str) -> None:
    assert find_place(uri) is None


def test_the_longest_path_is_measured_decoded_and_its_key_fits_into_s3() -> None:
    name = "%61" * (LONGEST_PATH - len("/simple//"))
    place = find_place(f"/simple/{name}/")
    assert place is not None
    assert len(place.uri("json")) <= 1024
    assert find_place(f"/simple/{name}a/") is None


def test_the_key_of_the_longest_short_address_fits_into_s3() -> None:
    place = find_place(f"/{'a' * (LONGEST_PATH - 2)}/")
    assert place is not None
    assert len(place.uri("json")) <= 1024


PIECES = (
    "/ %2f %2e . .. %252e \\ %5c %00 % + %2B a ; - simple config packages users.json index.json demo Demo_"
)
NASTY = st.lists(st.sampled_from([*PIECES.split(), WHEEL, LOCAL, ".metadata"])).map(
    lambda parts: "/" + "".join(parts)
)

SAFE_KEY = re.compile(r"/packages(/[a-z0-9]+(-[a-z0-9]+)*)?/(?P<file>[A-Za-z0-9._%-]+)")


@given(NASTY | st.text().map(lambda text: f"/{text}") | st.text(), st.sampled_from(["json", "html"]))
@example("/simple/../config/users.json", "json")
def test_no_address_whatsoever_means_a_key_outside_of_packages(uri: str, form: str) -> None:
    place = find_place(uri)
    if place is None:
        return
    match = SAFE_KEY.fullmatch(place.uri(form))
    assert match is not None
    name = unquote(match["file"])
    assert is_file_name(name) or name == f"index.{form}"
    assert quote(name, safe="") == match["file"]
    if place.moved_to is not None:
        assert re.match(r"/simple/[a-z0-9]?", place.moved_to)
        assert find_place(place.moved_to) == place._replace(moved_to=None)
