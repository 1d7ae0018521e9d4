"""Our own jurors of a project's page: what HTML alone can get wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tests.jury.offers import as_html_shows, differences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.jury.exhibit import Exhibit

_ELEMENTS = {"html", "head", "meta", "title", "body", "h1", "a", "br"}
_HREF = re.compile(r"[A-Za-z0-9._%-]+#sha256=[0-9a-f]{64}")


def the_page_has_only_plain_elements(exhibit: Exhibit) -> Iterator[str]:
    """No script, no base, no image, no comment: nothing that words of others could have become."""
    for element in exhibit.elements:
        if element.tag not in _ELEMENTS:
            yield f"there is a {element.tag}"


def every_anchor_is_named_after_its_address(exhibit: Exhibit) -> Iterator[str]:
    # PEP 503: "the text of the anchor tag MUST match the final path component (the filename) of the URL".
    for anchor in exhibit.anchors:
        path = anchor.attributes["href"].partition("#")[0]
        if unquote(path.rpartition("/")[2]) != anchor.text:
            yield f"{anchor.text!r} leads to {path}"


def every_link_is_relative_and_says_the_hash(exhibit: Exhibit) -> Iterator[str]:
    # Neither a scheme, a host nor a path above: the page is right at every address that it is served at.
    for anchor in exhibit.anchors:
        if not _HREF.fullmatch(anchor.attributes["href"]):
            yield f"{anchor.text} leads to {anchor.attributes['href']}"


def angle_brackets_in_attributes_are_escaped(exhibit: Exhibit) -> Iterator[str]:
    # PEP 503: "In the attribute value, < and > have to be HTML encoded as &lt; and &gt;, respectively."
    for value in re.findall(r'="([^"]*)"', exhibit.page.decode()):
        if "<" in value or ">" in value:
            yield f"{value!r} is not escaped"


def the_head_says_what_the_record_says(exhibit: Exhibit) -> Iterator[str]:
    document = exhibit.document
    head = {
        "pypi:repository-version": document["meta"]["api-version"],
        "s3pypi:generation": str(document["_generation"]),
        "pypi:project-status": document["project-status"]["status"],
    }
    if "reason" in document["project-status"]:
        head["pypi:project-status-reason"] = as_html_shows(document["project-status"]["reason"])
    yield from differences([head], [exhibit.metas])


def the_links_say_what_the_record_says(exhibit: Exhibit) -> Iterator[str]:
    shown = [(anchor.text, dict(anchor.attributes)) for anchor in exhibit.anchors]
    offered = [(entry["filename"], _attributes(entry)) for entry in exhibit.document["files"]]
    yield from differences(offered, shown)


def _attributes(entry: dict[str, Any]) -> dict[str, str]:
    """Every attribute that the link of this file must have, and no other."""
    attributes = {"href": f"{entry['url']}#sha256={entry['hashes']['sha256']}"}
    if "requires-python" in entry:
        attributes["data-requires-python"] = as_html_shows(entry["requires-python"])
    if entry["core-metadata"]:
        # PEP 714: "if it does so it MUST match the value of data-core-metadata".
        digest = f"sha256={entry['core-metadata']['sha256']}"
        attributes |= {"data-core-metadata": digest, "data-dist-info-metadata": digest}
    if entry["yanked"]:
        attributes["data-yanked"] = "" if entry["yanked"] is True else as_html_shows(entry["yanked"])
    if "provenance" in entry:
        attributes["data-provenance"] = entry["provenance"]
    return attributes
