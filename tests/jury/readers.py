"""The jurors from elsewhere: programs of others that read the simple API, each in its own way.

Each objects by raising, or by saying what it read differently from the record and from the page.
"""

from __future__ import annotations

import dataclasses
import warnings
from contextlib import contextmanager
from types import GenericAlias
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import mousebender.simple
import typing_extensions
from pydantic import TypeAdapter
from pypi_simple import IndexPage, ProjectPage
from simple_repository import parser as simple_repository
from typing_extensions import NotRequired, is_typeddict

from tests.jury.offers import as_html_shows, differences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pypi_simple import DistributionPackage
    from simple_repository.model import File

    from tests.jury.exhibit import Exhibit

_BASE = "https://pypi.example.com/simple/demo/"


def pypi_simple_reads_the_record(exhibit: Exhibit) -> Iterable[str]:
    ProjectPage.from_json_data(exhibit.document)
    return ()


def pypi_simple_reads_the_page(exhibit: Exhibit) -> Iterable[str]:
    offered = ProjectPage.from_json_data(exhibit.document, _BASE)
    shown = ProjectPage.from_html(exhibit.project, exhibit.page, _BASE, "utf-8")
    yield from differences(list(map(_package, offered.packages)), list(map(_package, shown.packages)))
    about_offered = (offered.repository_version, offered.status, as_html_shows(offered.status_reason or ""))
    about_shown = (shown.repository_version, shown.status, shown.status_reason or "")
    yield from differences([about_offered], [about_shown])


def mousebender_types_the_record(exhibit: Exhibit) -> Iterable[str]:
    _PROJECT.validate_python(exhibit.document, strict=True)
    return ()


def mousebender_reads_the_page(exhibit: Exhibit) -> Iterable[str]:
    with _quiet_about_the_version():
        details = mousebender.simple.from_project_details_html(exhibit.page.decode(), exhibit.project)
    shown = [{**file} for file in details["files"]]
    yield from differences([_as_html(file) for file in exhibit.document["files"]], shown)


def simple_repository_reads_the_record(exhibit: Exhibit) -> Iterable[str]:
    simple_repository.parse_json_project_page(exhibit.record.decode())
    return ()


def simple_repository_reads_the_page(exhibit: Exhibit) -> Iterable[str]:
    offered = simple_repository.parse_json_project_page(exhibit.record.decode())
    shown = simple_repository.parse_html_project_page(exhibit.page.decode(), exhibit.project)
    yield from differences([_without_json_only(file) for file in offered.files], shown.files)


def html5lib_finds_no_error(exhibit: Exhibit) -> Iterable[str]:
    return (f"{code} at {position}" for position, code, _ in exhibit.parsed_page.errors)


def pypi_simple_reads_the_root_record(exhibit: Exhibit) -> Iterable[str]:
    IndexPage.from_json_data(exhibit.document)
    return ()


def pypi_simple_reads_the_root_page(exhibit: Exhibit) -> Iterable[str]:
    offered = IndexPage.from_json_data(exhibit.document)
    shown = IndexPage.from_html(exhibit.page, "utf-8")
    yield from differences(offered.projects, shown.projects)
    yield from differences([offered.repository_version], [shown.repository_version])


def mousebender_types_the_root_record(exhibit: Exhibit) -> Iterable[str]:
    # PEP 700 allows private keys at any level; mousebender's projects have a name and nothing else.
    projects = [_public(project) for project in exhibit.document["projects"]]
    _ROOT.validate_python({**exhibit.document, "projects": projects}, strict=True)
    return ()


def mousebender_reads_the_root_page(exhibit: Exhibit) -> Iterable[str]:
    with _quiet_about_the_version():
        shown = mousebender.simple.from_project_index_html(exhibit.page.decode())
    offered = [_public(project) for project in exhibit.document["projects"]]
    yield from differences(offered, shown["projects"])


def simple_repository_reads_the_root_record(exhibit: Exhibit) -> Iterable[str]:
    simple_repository.parse_json_project_list(exhibit.record.decode())
    return ()


def simple_repository_reads_the_root_page(exhibit: Exhibit) -> Iterable[str]:
    offered = simple_repository.parse_json_project_list(exhibit.record.decode()).projects
    shown = simple_repository.parse_html_project_list(exhibit.page.decode()).projects
    yield from differences(
        sorted(project.name for project in offered), sorted(project.name for project in shown)
    )


@contextmanager
def _quiet_about_the_version() -> Iterator[None]:
    # mousebender warns of HTML above version 1.1, although it knows the types of 1.4.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mousebender.simple.APIVersionWarning)
        yield


def _package(package: DistributionPackage) -> dict[str, Any]:
    """What a link can say of a file too."""
    return {
        "filename": package.filename,
        "project and version": (package.project, package.version),
        "url": package.url,
        "digests": package.digests,
        "requires-python": as_html_shows(package.requires_python or ""),
        "metadata": package.metadata_digests,
        "yanked": package.is_yanked and as_html_shows(package.yanked_reason or "no reason"),
        "provenance": package.provenance_url,
    }


def _as_html(file: dict[str, Any]) -> dict[str, Any]:
    """The entry of a record as mousebender makes one from a link."""
    entry = {"filename": file["filename"], "url": file["url"], "hashes": file["hashes"]}
    if "requires-python" in file:
        entry["requires-python"] = as_html_shows(file["requires-python"])
    if file["core-metadata"]:
        entry["core-metadata"] = entry["dist-info-metadata"] = file["core-metadata"]
    if file["yanked"]:
        entry["yanked"] = file["yanked"] is True or as_html_shows(file["yanked"])
    return entry


def _without_json_only(file: File) -> File:
    """The file as simple-repository makes one from a link, which has neither size nor time."""
    return dataclasses.replace(
        file,
        size=None,
        upload_time=None,
        requires_python=file.requires_python and as_html_shows(file.requires_python),
        dist_info_metadata=file.dist_info_metadata or None,
        yanked=as_html_shows(file.yanked) if isinstance(file.yanked, str) else file.yanked or None,
    )


def _public(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if not key.startswith("_")}


def _for_pydantic(kind: Any) -> Any:  # noqa: ANN401 - any type at all
    """The same type, its typed dictionaries made again: before Python 3.12 pydantic takes no others."""
    if get_origin(kind) is list:
        return GenericAlias(list, tuple(map(_for_pydantic, get_args(kind))))
    if not is_typeddict(kind):
        return kind
    hints = get_type_hints(kind, include_extras=True)
    fields = {key: _for_pydantic(hint) for key, hint in hints.items()}
    for key in kind.__optional_keys__:
        if get_origin(fields[key]) is not NotRequired:
            fields[key] = NotRequired[fields[key]]
    return typing_extensions.TypedDict(kind.__name__, fields)  # type: ignore[operator] # computed


_PROJECT = TypeAdapter(_for_pydantic(mousebender.simple.ProjectDetails_1_4))
_ROOT = TypeAdapter(_for_pydantic(mousebender.simple.ProjectIndex_1_4))
