"""The root: the list of the projects that have files."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from s3pypi_core.document import (
    API_VERSION,
    as_object,
    dump,
    expect,
    expect_generation,
    load,
    reading,
    unknown,
)
from s3pypi_edge.keys import ROOT_RECORD, Project, normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_KEYS = frozenset({"meta", "projects", "_generation"})
_INSIDE = {"meta": frozenset({"api-version", "_last-serial"})}


@dataclass(frozen=True)
class Root:
    """Without arguments: the root of a repository without a project, of generation 0.

    ``projects`` are sorted, each once; ``extra`` are keys of the document that are not ours.
    """

    generation: int = 0
    projects: tuple[Project, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Put the projects in order."""
        object.__setattr__(self, "projects", tuple(sorted(set(self.projects))))

    @classmethod
    def parse(cls, body: bytes) -> Root:
        """Read what ``to_json`` wrote. Raises UnreadableDocument."""
        with reading(ROOT_RECORD):
            document = load(body, ROOT_RECORD)
            return cls(
                generation=expect_generation(document),
                projects=tuple(map(_project, expect(document, "projects", list))),
                extra=unknown(document, _KEYS, _INSIDE),
            )

    def to_json(self) -> bytes:
        """Return the PEP 691 project list."""
        # Mirrors fetch what has a greater serial than they have seen; the private key is Warehouse's.
        serial = {"_last-serial": self.generation}
        return dump(
            {
                **self.extra,
                "meta": {**self.extra.get("meta", {}), "api-version": API_VERSION, **serial},
                "projects": [{"name": project, **serial} for project in self.projects],
                "_generation": self.generation,
            }
        )

    def with_projects(self, names: Iterable[Project]) -> Root:
        """Return the next generation, which lists these projects too; or this one, if it does already."""
        added = [name for name in names if name not in self]
        if not added:
            return self
        return replace(self, generation=self.generation + 1, projects=(*self.projects, *added))

    def without(self, name: Project) -> Root:
        """Return the next generation, which does not list this project; or this one, if it does not."""
        if name not in self:
            return self
        left = tuple(project for project in self.projects if project != name)
        return replace(self, generation=self.generation + 1, projects=left)

    def __contains__(self, project: Project) -> bool:
        place = bisect_left(self.projects, project)
        return self.projects[place : place + 1] == (project,)


def _project(entry: object) -> Project:
    """Return the name of an entry of ``projects``. Raises ValueError."""
    name = expect(as_object(entry, "an entry of 'projects'"), "name", str)
    if normalize(name) != name:
        raise ValueError(f"{name!r} is not a normalised name")
    return Project(name)
