from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.jury.exhibit import PAGE
from tests.jury.panel import PROJECT
from tests.jury.spoiling import WHEEL_NAME, assert_rejected, with_text

if TYPE_CHECKING:
    from tests.jury.exhibit import Exhibit

HTML5LIB = "html5lib finds no error"
READS_PAGE = ("pypi simple reads the page", "mousebender reads the page", "simple repository reads the page")
FAULTS = [
    ("no doctype", "<!DOCTYPE html>\n", "", HTML5LIB),
    ("bad nesting", "</a><br>", "<br></p></a>", HTML5LIB),
    ("not closed", "</a><br>", "", HTML5LIB),
    ("an ampersand bare", "broken &amp; late", "broken &nosuch;", HTML5LIB),
    ("an attribute twice", ' data-yanked="', ' data-yanked="" data-yanked="', HTML5LIB),
    ("a quote bare", "use &#x27;other", 'use "other', HTML5LIB),
    ("angle brackets bare", "&gt;=3.9,&lt;4", ">=3.9,<4", "angle brackets in attributes are escaped"),
    ("a script", "</h1>", "</h1><script>alert(1)</script>", "the page has only plain elements"),
    ("a base", "<title>", '<base href="https://example.com/"><title>', "the page has only plain elements"),
    ("a comment", "</h1>", "</h1><!-- demo -->", "the page has only plain elements"),
    ("another text", f">{WHEEL_NAME}<", ">demo_pkg<", "every anchor is named after its address"),
    (
        "another address",
        f'"{WHEEL_NAME}#',
        '"demo_pkg-1.1.tar.gz#',
        "every anchor is named after its address",
    ),
    ("no hash", "#sha256=", "#", "every link is relative and says the hash"),
    (
        "from the host's root",
        '"demo_pkg',
        '"/simple/demo-pkg/demo_pkg',
        "every link is relative and says the hash",
    ),
    ("absolute", '"demo_pkg', '"https://example.com/demo_pkg', "every link is relative and says the hash"),
    ("a bare plus", "%2B", "+", "every link is relative and says the hash"),
    ("another hash", "#sha256=", "#sha256=f", "the links say what the record says"),
    (
        "legacy metadata differs",
        "dist-info-metadata=",
        "dist-info-metadata=f",
        "the links say what the record says",
    ),
    ("no provenance", " data-provenance=", " data-other=", "pypi simple reads the page"),
    (
        "another version",
        'repository-version" content="1.4',
        'repository-version" content="2.0',
        READS_PAGE[0],
    ),
    ("an unknown status", "deprecated", "gone", READS_PAGE[0]),
    ("another status", "deprecated", "archived", "the head says what the record says"),
    ("another reason", "use &#x27;other", "avoid &#x27;other", READS_PAGE[0]),
    (
        "an old generation",
        'generation" content="',
        'generation" content="-',
        "the head says what the record says",
    ),
    *(("no link", "<a href", "<a name", reader) for reader in READS_PAGE),
    *(("not yanked", " data-yanked=", " data-ranked=", reader) for reader in READS_PAGE),
    *(("another Python", "=3.9", "=3.8", reader) for reader in READS_PAGE),
    *(
        ("another metadata", 'core-metadata="sha256=', 'core-metadata="sha256=f', reader)
        for reader in READS_PAGE
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "juror"), [pytest.param(*row[1:], id=f"{row[0]}-{row[3]}") for row in FAULTS]
)
def test_a_fault_in_a_page_is_found(project: Exhibit, old: str, new: str, juror: str) -> None:
    assert_rejected(with_text(project, PAGE, old, new), PROJECT, juror)


def test_a_page_that_is_cut_short_is_found(project: Exhibit) -> None:
    half = project.page[: len(project.page) // 2]
    assert_rejected(project.with_body(PAGE, half), PROJECT, HTML5LIB, *READS_PAGE)
