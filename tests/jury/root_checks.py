"""Our own jurors of the root pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import is_normalized_name

from tests.jury.offers import differences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.jury.exhibit import Exhibit


def every_project_is_named_once_and_normalised(exhibit: Exhibit) -> Iterator[str]:
    names = [project["name"] for project in exhibit.document["projects"]]
    if len(set(names)) != len(names):
        yield "a project is named twice"
    for name in names:
        if not is_normalized_name(name):
            yield f"{name!r} is not normalised"


def every_serial_is_the_generation(exhibit: Exhibit) -> Iterator[str]:
    # Mirrors read `_last-serial` of each project, and fetch what is newer than what they have.
    generation = exhibit.document["_generation"]
    for entry in (exhibit.document["meta"], *exhibit.document["projects"]):
        serial = entry["_last-serial"]
        if type(serial) is not int or serial != generation:
            yield f"{entry} in generation {generation}"


def every_project_has_one_relative_link(exhibit: Exhibit) -> Iterator[str]:
    # Poetry takes the href without its slash for the project's name.
    offered = [(name, {"href": f"{name}/"}) for name in (p["name"] for p in exhibit.document["projects"])]
    shown = [(anchor.text, dict(anchor.attributes)) for anchor in exhibit.anchors]
    yield from differences(offered, shown)


def the_head_of_the_root_says_what_its_record_says(exhibit: Exhibit) -> Iterator[str]:
    head = {
        "pypi:repository-version": exhibit.document["meta"]["api-version"],
        "s3pypi:generation": str(exhibit.document["_generation"]),
    }
    yield from differences([head], [exhibit.metas])
