"""The HTML pages, made from the record and the root; they are read back only to find out what was lost."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING

from s3pypi_core.document import API_VERSION, LAST_GENERATION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s3pypi_core.file import File
    from s3pypi_core.record import Record
    from s3pypi_core.root import Root

# What is above it is damage. A record that is written above the highest generation seen must be readable, and
# have room for all the uploads to come.
HIGHEST_BELIEVED = LAST_GENERATION // 2

_GENERATION = re.compile(rb'^<meta name="s3pypi:generation" content="([0-9]{1,16})">$', re.MULTILINE)
_STATUS = re.compile(rb'^<meta name="pypi:project-status" content="([a-z]+)">$', re.MULTILINE)
_REASON = re.compile(rb'^<meta name="pypi:project-status-reason" content="([^"]*)">$', re.MULTILINE)
_LINK = re.compile(
    rb'^<a href="[^"]*#sha256=(?P<sha256>[0-9a-f]{64})"(?P<attributes>[^>]*)>(?P<name>[^<]+)</a><br>$',
    re.MULTILINE,
)
_YANKED = re.compile(rb' data-yanked="([^"]*)"')
_END = "</body>\n</html>\n"
# HTML: what a document may not contain, not even as a character reference. (Records hold no surrogates.)
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17))
    + "]"
)


def project_page(record: Record) -> bytes:
    """Return the PEP 503 page of a project: valid HTML5, UTF-8."""
    # PEP 792: "The per-project index SHOULD add an appropriate pypi:project-status meta tag".
    status = {"pypi:project-status": record.status}
    if record.status_reason is not None:
        status["pypi:project-status-reason"] = record.status_reason
    # PEP 503: "a valid HTML5 page with a single anchor element per file for the project".
    links = (_link(file.filename, _attributes(file)) for file in record.files)
    return _page(record.project, {**_meta(record.generation), **status}, links)


def root_page(root: Root) -> bytes:
    """Return the PEP 503 page that lists the projects: valid HTML5, UTF-8."""
    # PEP 503: "a valid HTML5 page with a single anchor element per project in the repository". The href is
    # relative because Poetry takes it, without its slash, for the project's name.
    links = (_link(project, {"href": f"{project}/"}) for project in root.projects)
    return _page("projects", _meta(root.generation), links)


def generation_of(page: bytes) -> int:
    """Return the generation of the record or root that the page was made from; -1 if it does not say."""
    # Beyond its head a page holds only what others wrote; in a tag of ours their words are escaped.
    found = _GENERATION.search(page.partition(b"</head>")[0])
    generation = int(found[1]) if found else -1
    # A greater number is damage: it is no record's.
    return generation if generation <= LAST_GENERATION else -1


def believed_generation(page: bytes | None) -> int:
    """Return the generation of the record or root behind a page that may be damaged, or not be there.

    It is -1 if there is no page, if it does not say, or if it names one that no document ever reaches.
    """
    generation = generation_of(page) if page is not None else -1
    return generation if generation <= HIGHEST_BELIEVED else -1


def status_of(page: bytes) -> tuple[str, str | None] | None:
    """Return the status of the project, and its reason, as the page tells them; None if it does not."""
    head = page.partition(b"</head>")[0]
    status, reason = _STATUS.search(head), _REASON.search(head)
    if status is None:
        return None
    return status[1].decode(), unescape(reason[1].decode(errors="replace")) if reason else None


def is_page_of(page: bytes, project: str) -> bool:
    """Whether this is the page of that project, by its title: somebody may have put another's there."""
    return f"<title>{_escape(project)}</title>".encode() in page.partition(b"</head>")[0]


def yanks_of(page: bytes) -> dict[tuple[str, str], bool | str] | None:
    """Return what the page of a project tells of each file that it shows, by name and sha256.

    None if it is no whole page of ours, or that of a quarantined project, which shows no file.
    """
    told = status_of(page)
    whole = generation_of(page) >= 0 and page.endswith(_END.encode())
    if not whole or told is None or told[0] == "quarantined":
        return None
    return {
        (unescape(link["name"].decode(errors="replace")), link["sha256"].decode()): _yank(link["attributes"])
        for link in _LINK.finditer(page)
    }


def _yank(attributes: bytes) -> bool | str:
    found = _YANKED.search(attributes)
    return found is not None and (unescape(found[1].decode(errors="replace")) or True)


def _meta(generation: int) -> dict[str, str]:
    # PEP 629: "the inclusion of a meta tag on the responses of every successful request to a simple API
    # page, which contains a name attribute of pypi:repository-version, and a content that is a [...] version
    # number, which is further constrained to ONLY be Major.Minor".
    return {"pypi:repository-version": API_VERSION, "s3pypi:generation": str(generation)}


def _attributes(file: File) -> dict[str, str]:
    # PEP 503: "Each file URL SHOULD include a hash in the form of a URL fragment".
    attributes = {"href": f"{file.url}#sha256={file.sha256}"}
    if file.requires_python is not None:
        # PEP 503: "In the attribute value, < and > have to be HTML encoded".
        attributes["data-requires-python"] = file.requires_python
    if file.core_metadata is not None:
        # PEP 714: "the HTML representation MAY also be emitted using the data-dist-info-metadata, and if it
        # does so it MUST match the value of data-core-metadata".
        digest = f"sha256={file.core_metadata}"
        attributes |= {"data-core-metadata": digest, "data-dist-info-metadata": digest}
    if file.yanked is not False:
        # PEP 592: "a data-yanked attribute which may have no value, or may have an arbitrary string".
        attributes["data-yanked"] = "" if file.yanked is True else file.yanked
    # PEP 740: "The value of the data-provenance attribute SHALL be a fully qualified URL [...]. This URL MUST
    # represent a secure origin".
    if str(file.extra.get("provenance")).startswith("https://"):
        attributes["data-provenance"] = file.extra["provenance"]
    return attributes


def _link(text: str, attributes: dict[str, str]) -> str:
    # PEP 503: "the text of the anchor tag MUST match the final path component (the filename) of the URL".
    quoted = "".join(f' {name}="{_escape(value)}"' for name, value in attributes.items())
    return f"<a{quoted}>{_escape(text)}</a><br>\n"


def _page(title: str, meta: dict[str, str], links: Iterable[str]) -> bytes:
    tags = "".join(f'<meta name="{name}" content="{_escape(content)}">\n' for name, content in meta.items())
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{tags}'
        f"<title>{_escape(title)}</title>\n</head>\n<body>\n<h1>{_escape(title)}</h1>\n{''.join(links)}"
        f"{_END}"
    ).encode()


def _escape(text: str) -> str:
    # What is printable needs no second look, and nearly everything is.
    return escape(text if text.isprintable() else _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text))
