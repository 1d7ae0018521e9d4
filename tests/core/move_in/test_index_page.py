from __future__ import annotations

import json
from typing import Any

import pytest

from s3pypi_core.errors import RepositoryError
from s3pypi_core.move_in.index_page import Page, reading
from s3pypi_core.move_in.offer import Offer, Unfit

JSON = "application/vnd.pypi.simple.v1+json"
URL = "https://pypi.acme.com/simple/demo/"
WHEEL = "demo-1.0-py3-none-any.whl"


def in_json(*files: dict[str, Any], **told: Any) -> Page:  # noqa: ANN401  # whatever an index tells
    """A project's page of an index that speaks JSON."""
    document = {"meta": {"api-version": "1.1"}, "name": "demo", "files": files, **told}
    return Page(URL, json.dumps(document).encode(), JSON)


def file(**told: Any) -> dict[str, Any]:  # noqa: ANN401  # likewise
    """An entry of such a page."""
    return {"filename": WHEEL, "url": WHEEL, "hashes": {}, **told}


TIMES = {
    "utc": ("2024-01-02T03:04:05.6Z", "2024-01-02T03:04:05.600000Z"),
    "another zone": ("2024-01-02T03:04:05+02:00", "2024-01-02T01:04:05.000000Z"),
    "no zone": ("2024-01-02T03:04:05", "2024-01-02T03:04:05.000000Z"),
    "an early year": ("0200-01-02T03:04:05Z", "0200-01-02T03:04:05.000000Z"),
    "before all time": ("0001-01-01T00:00:00+14:00", None),
    "after all time": ("9999-12-31T23:59:59-14:00", None),
    "none": (None, None),
}


@pytest.mark.parametrize(("told", "understood"), TIMES.values(), ids=TIMES)
def test_a_time_is_in_utc_or_unknown(told: str | None, understood: str | None) -> None:
    (offer,) = in_json(file(**{"upload-time": told})).offers("demo").offers
    assert offer.upload_time == understood


def test_a_page_in_json_tells_all_of_a_file_and_the_status() -> None:
    told: dict[str, Any] = {
        "size": 5,
        "requires-python": ">=3.8",
        "yanked": "broken",
        "hashes": {"sha256": "0" * 64},
    }
    status = {"project-status": {"status": "archived", "reason": "moved"}}
    page = in_json(file(**told), **status)
    offers = page.offers("demo")
    assert offers.offers == [
        Offer(
            WHEEL,
            f"{URL}{WHEEL}",
            digests={"sha256": "0" * 64},
            size=5,
            requires_python=">=3.8",
            yanked="broken",
        )
    ]
    assert (offers.status, offers.status_reason) == ("archived", "moved")


def test_a_page_in_html_tells_the_status_and_where_links_begin() -> None:
    body = (
        '<base href="../files/"><meta name="pypi:project-status" content="deprecated">'
        f'<meta name="pypi:project-status-reason" content="see other"><a href="{WHEEL}#sha256=00">{WHEEL}</a>'
    )
    offers = Page(URL, body.encode(), "text/html; charset=utf-8").offers("demo")
    assert [(offer.place, offer.digests) for offer in offers.offers] == [
        (f"https://pypi.acme.com/simple/files/{WHEEL}", {"sha256": "00"})
    ]
    assert (offers.status, offers.status_reason) == ("deprecated", "see other")


@pytest.mark.parametrize(
    "page",
    [
        in_json(file(), {"filename": "demo-2.0.tar.gz", "url": "http://[bad/", "hashes": {}}),
        Page(URL, f'<a href="{WHEEL}">{WHEEL}</a><a href="http://[bad/">demo-2.0.tar.gz</a>'.encode()),
    ],
    ids=["JSON", "HTML"],
)
def test_a_link_that_leads_nowhere_costs_its_own_file_only(page: Page) -> None:
    offers = page.offers("demo")
    assert [offer.filename for offer in offers.offers] == [WHEEL]
    assert offers.unfit == [Unfit("demo-2.0.tar.gz", "its address is wrong: Invalid IPv6 URL")]


def test_a_link_that_leads_nowhere_costs_no_project() -> None:
    page = Page(URL, b'<a href="http://[bad/">one</a><a href="two/">two</a>')
    assert page.projects() == ["one", "two"]


UNREADABLE = {
    "a later version, HTML": Page(URL, b'<meta name="pypi:repository-version" content="2.0">'),
    "a later version, JSON": in_json(meta={"api-version": "2.0"}),
    "a status that there is not": Page(URL, b'<meta name="pypi:project-status" content="gone">'),
    "no document": Page(URL, b"{", JSON),
    "another document": Page(URL, b"{}", JSON),
    "without an end": Page(URL, b"[" * 100_000, JSON),
    "another type": Page(URL, b"PK", "application/zip"),
}


@pytest.mark.parametrize("page", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_page_is_an_error_of_one_line(page: Page) -> None:
    with pytest.raises(RepositoryError) as caught, reading("the page"):
        page.offers("demo")
    assert caught.value.message.startswith("the page is no index that can be read: ")
    assert "\n" not in caught.value.message
