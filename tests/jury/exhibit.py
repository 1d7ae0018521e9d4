"""What the bucket offers of a project, or of the root: what the jury judges."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import html5lib

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_core.memory_bucket import MemoryBucket, StoredObject

RECORD, PAGE = "index.json", "index.html"


class Anchor(NamedTuple):
    """A link of a page, as a browser understands it."""

    text: str
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class Exhibit:
    """The objects of one folder, by name. The root's exhibit has no ``project``, and only the root pair."""

    project: str
    objects: Mapping[str, StoredObject]

    @classmethod
    def of(cls, bucket: MemoryBucket, project: str = "") -> Exhibit:
        """Take what lies in the project's folder, or in the root's."""
        folder = f"packages/{project}/" if project else "packages/"
        inside = {key.removeprefix(folder): key for key in bucket.objects if key.startswith(folder)}
        return cls(project, {name: bucket.objects[key] for name, key in inside.items() if "/" not in name})

    @property
    def record(self) -> bytes:
        """The JSON, as a client receives it."""
        return self.objects[RECORD].body

    @property
    def page(self) -> bytes:
        """The HTML, as a client receives it."""
        return self.objects[PAGE].body

    @cached_property
    def document(self) -> dict[str, Any]:
        """The JSON, parsed."""
        document: dict[str, Any] = json.loads(self.record.decode())
        return document

    @property
    def entries(self) -> list[dict[str, Any]]:
        """Every file of the record, those of a quarantined project too."""
        return [*self.document["files"], *self.document["_withheld"]]

    @cached_property
    def parsed_page(self) -> html5lib.HTMLParser:
        """The HTML, parsed: the document and every parse error that the HTML standard knows."""
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        parser.parse(self.page)
        return parser

    @cached_property
    def elements(self) -> list[Any]:
        """Every element of the page, in document order."""
        return list(self.parsed_page.tree.getDocument().iter())

    @cached_property
    def anchors(self) -> list[Anchor]:
        """Every link of the page."""
        return [Anchor(element.text or "", element.attrib) for element in self.elements if element.tag == "a"]

    @cached_property
    def metas(self) -> dict[str, str]:
        """What the head says, by name."""
        named = [tag.attrib for tag in self.elements if tag.tag == "meta" and "name" in tag.attrib]
        return {attributes["name"]: attributes["content"] for attributes in named}

    def with_body(self, name: str, body: bytes) -> Exhibit:
        """The same exhibit with another body under one name; the name is known already."""
        return replace(self, objects={**self.objects, name: self.objects[name]._replace(body=body)})
