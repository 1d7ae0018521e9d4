from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.jury.exhibit import PAGE, RECORD
from tests.jury.panel import ROOT
from tests.jury.spoiling import ABSENT, assert_rejected, described, with_json, with_text

if TYPE_CHECKING:
    from tests.jury.exhibit import Exhibit

RECORD_FAULTS: list[tuple[tuple[str | int, ...], object, str]] = [
    (("meta", "api-version"), "2.0", "pypi simple reads the root record"),
    (("meta", "api-version"), "1.1", "mousebender types the root record"),
    (("meta", "tracks"), [], "meta says the version and nothing else"),
    (("meta", "_last-serial"), "2", "every serial is the generation"),
    (("projects",), ABSENT, "simple repository reads the root record"),
    (("projects", 0), "demo-pkg", "simple repository reads the root record"),
    (("projects", 0, "name"), 7, "mousebender types the root record"),
    (("projects", 0, "name"), "Demo_Pkg", "every project is named once and normalised"),
    (("projects", 0, "name"), "other", "every project is named once and normalised"),
    (("projects", 0, "_last-serial"), 0, "every serial is the generation"),
    (("projects", 0, "_last-serial"), ABSENT, "every serial is the generation"),
    (("_note",), "\ud800", "the text is strict json"),
]


@pytest.mark.parametrize(("path", "value", "juror"), RECORD_FAULTS, ids=map(described, RECORD_FAULTS))
def test_a_fault_in_the_root_record_is_found(
    root: Exhibit, path: tuple[str | int, ...], value: object, juror: str
) -> None:
    assert_rejected(with_json(root, path, value), ROOT, juror)


READS_ROOT = (
    "pypi simple reads the root page",
    "mousebender reads the root page",
    "simple repository reads the root page",
)
PAGE_FAULTS = [
    ("no doctype", "<!DOCTYPE html>\n", "", "html5lib finds no error"),
    ("a script", "</h1>", "</h1><script>alert(1)</script>", "the page has only plain elements"),
    ("an absolute link", 'href="', 'href="/simple/', "every project has one relative link"),
    ("no slash", '/">', '">', "every project has one relative link"),
    (
        "an old generation",
        'generation" content="',
        'generation" content="-',
        "the head of the root says what its record says",
    ),
    ("another version", 'version" content="1.4', 'version" content="1.3', "pypi simple reads the root page"),
    *(("another project", ">demo-pkg<", ">demo<", reader) for reader in READS_ROOT),
]


@pytest.mark.parametrize(
    ("old", "new", "juror"), [pytest.param(*row[1:], id=f"{row[0]}-{row[3]}") for row in PAGE_FAULTS]
)
def test_a_fault_in_the_root_page_is_found(root: Exhibit, old: str, new: str, juror: str) -> None:
    assert_rejected(with_text(root, PAGE, old, new), ROOT, juror)


def test_wrong_headers_of_the_root_are_found(root: Exhibit) -> None:
    stored = root.objects[RECORD]
    plain = replace(stored.headers, cache_control="max-age=600")
    spoilt = replace(root, objects={**root.objects, RECORD: stored._replace(headers=plain)})
    assert_rejected(spoilt, ROOT, "every object has the right headers")
