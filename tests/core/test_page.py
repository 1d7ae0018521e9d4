from __future__ import annotations

from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3pypi_core.file import File
from s3pypi_core.page import generation_of, project_page, root_page
from s3pypi_core.record import Record
from s3pypi_core.root import Root
from s3pypi_edge.keys import normalize
from tests.core.test_record import records

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

DEMO = normalize("demo")
FILE = File("demo-1.0-py3-none-any.whl", "a" * 64, 10, "2026-11-22T10:00:00Z")


def parse(page: bytes) -> Element:
    """Read the page as HTML5. Raises html5lib's ParseError for anything that is not valid."""
    document: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    return document


def metas(page: bytes) -> dict[str, str]:
    return {
        tag.attrib["name"]: tag.attrib["content"] for tag in parse(page).iter("meta") if "name" in tag.attrib
    }


def link(file: File) -> dict[str, str]:
    (anchor,) = parse(project_page(Record(DEMO, files=(file,)))).iter("a")
    assert anchor.text == file.filename
    return anchor.attrib


def test_a_project_page_looks_like_this() -> None:
    file = replace(FILE, requires_python=">=3.9,<4", core_metadata="b" * 64)
    assert project_page(Record(DEMO, 3, (file,))).decode() == (
        "<!DOCTYPE html>\n"
        '<html lang="en">\n'
        "<head>\n"
        '<meta charset="utf-8">\n'
        '<meta name="pypi:repository-version" content="1.4">\n'
        '<meta name="s3pypi:generation" content="3">\n'
        '<meta name="pypi:project-status" content="active">\n'
        "<title>demo</title>\n"
        "</head>\n"
        "<body>\n"
        "<h1>demo</h1>\n"
        f'<a href="demo-1.0-py3-none-any.whl#sha256={"a" * 64}" data-requires-python="&gt;=3.9,&lt;4"'
        f' data-core-metadata="sha256={"b" * 64}" data-dist-info-metadata="sha256={"b" * 64}">'
        "demo-1.0-py3-none-any.whl</a><br>\n"
        "</body>\n"
        "</html>\n"
    )


def test_a_root_page_looks_like_this() -> None:
    assert root_page(Root(7, (DEMO, normalize("acme-lib")))).decode() == (
        "<!DOCTYPE html>\n"
        '<html lang="en">\n'
        "<head>\n"
        '<meta charset="utf-8">\n'
        '<meta name="pypi:repository-version" content="1.4">\n'
        '<meta name="s3pypi:generation" content="7">\n'
        "<title>projects</title>\n"
        "</head>\n"
        "<body>\n"
        "<h1>projects</h1>\n"
        '<a href="acme-lib/">acme-lib</a><br>\n'
        '<a href="demo/">demo</a><br>\n'
        "</body>\n"
        "</html>\n"
    )


def test_a_link_says_only_what_is_known_of_the_file() -> None:
    assert link(FILE) == {"href": f"demo-1.0-py3-none-any.whl#sha256={'a' * 64}"}


def test_a_local_version_has_its_plus_escaped_in_the_address_only() -> None:
    local = replace(FILE, filename="demo-1.0+local.tar.gz")
    assert link(local)["href"].partition("#")[0] == "demo-1.0%2Blocal.tar.gz"


@pytest.mark.parametrize(
    ("yanked", "attribute"),
    [(True, ""), ("broken", "broken"), ('"><script>&', '"><script>&')],
    ids=["no reason", "reason", "hostile reason"],
)
def test_a_yanked_file_says_so_and_why(yanked: bool | str, attribute: str) -> None:  # noqa: FBT001 - a column of the table
    assert link(replace(FILE, yanked=yanked))["data-yanked"] == attribute


@pytest.mark.parametrize(
    ("provenance", "linked"),
    [("https://example.com/p?a&b", True), ("http://example.com/p", False), ("../p", False), (None, False)],
)
def test_provenance_is_linked_where_its_address_is_secure(provenance: str | None, linked: bool) -> None:  # noqa: FBT001 - a column of the table
    attributes = link(replace(FILE, extra={"provenance": provenance}))
    assert attributes.get("data-provenance") == (provenance if linked else None)


def test_the_status_of_a_project_is_in_the_head() -> None:
    page = project_page(Record(DEMO, status="archived", status_reason='moved to "acme" <here>'))
    assert metas(page) == {
        "pypi:repository-version": "1.4",
        "s3pypi:generation": "0",
        "pypi:project-status": "archived",
        "pypi:project-status-reason": 'moved to "acme" <here>',
    }


def test_withheld_files_are_not_on_the_page() -> None:
    page = project_page(Record(DEMO, withheld=(FILE,), status="quarantined"))
    assert FILE.filename.encode() not in page


@pytest.mark.parametrize("text", ["\0", "\x1b", "\r", "\x85", "\ufdd0", "\U0010ffff"], ids=ascii)
def test_what_html_forbids_is_replaced(text: str) -> None:
    page = project_page(Record(DEMO, status_reason=f"a{text}\u00e9\n\tb"))
    assert metas(page)["pypi:project-status-reason"] == "a\ufffd\u00e9\n\tb"


@given(records)
def test_every_project_page_is_valid_html_with_a_link_for_each_file(record: Record) -> None:
    anchors = list(parse(project_page(record)).iter("a"))
    assert [anchor.text for anchor in anchors] == [file.filename for file in record.files]
    for anchor, file in zip(anchors, record.files, strict=True):
        address, _, fragment = anchor.attrib["href"].partition("#")
        assert unquote(address) == file.filename
        assert fragment == f"sha256={file.sha256}"


@given(records)
def test_the_generation_is_read_back_from_a_project_page(record: Record) -> None:
    assert generation_of(project_page(record)) == record.generation


@given(st.integers(0, 10**15))
def test_the_generation_is_read_back_from_a_root_page(generation: int) -> None:
    page = root_page(Root(generation, (DEMO,)))
    assert [anchor.text for anchor in parse(page).iter("a")] == ["demo"]
    assert generation_of(page) == generation


TAG = '<meta name="s3pypi:generation" content="9">'


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("", id="empty"),
        pytest.param("<!DOCTYPE html><html><body><a href='x'>x</a></body></html>", id="another tool's"),
        pytest.param(f"<head>\n</head>\n<body>\n{TAG}\n</body>", id="in the body"),
        pytest.param(f"<head>\n<!-- {TAG} -->\n</head>", id="in a comment"),
        pytest.param(f"<head>\n{TAG.replace('9', '9' * 5000)}\n</head>", id="too large"),
        pytest.param(f"<head>\n{TAG.replace('9', str(10**15 + 1))}\n</head>", id="above the last"),
        pytest.param(f"<head>\n{TAG.replace('9', '-9')}\n</head>", id="negative"),
        pytest.param(f"<head>\n{TAG.replace('9', '٩')}\n</head>", id="another script's digits"),
    ],
)
def test_a_page_that_is_not_ours_has_no_generation(page: str) -> None:
    assert generation_of(page.encode()) == -1


def test_a_reason_cannot_pass_for_the_generation() -> None:
    reason = f'"\n{TAG}\n</head>\n{TAG}\n'
    page = project_page(Record(DEMO, 3, status_reason=reason))
    assert generation_of(page) == 3
    assert unescape(metas(page)["pypi:project-status-reason"]) == reason
