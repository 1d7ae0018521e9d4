from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.builders import build_metadata
from tests.jury.exhibit import PAGE, RECORD
from tests.jury.panel import PROJECT
from tests.jury.spoiling import WHEEL_NAME, assert_rejected

if TYPE_CHECKING:
    from tests.jury.exhibit import Exhibit


def test_metadata_that_is_not_the_wheel_s_is_found(project: Exhibit) -> None:
    spoilt = project.with_body(f"{WHEEL_NAME}.metadata", build_metadata("demo-pkg", "1.0"))
    assert_rejected(spoilt, PROJECT, "every metadata file is what the distribution says")


def test_other_bytes_than_those_listed_are_found(project: Exhibit) -> None:
    spoilt = project.with_body(WHEEL_NAME, project.objects[WHEEL_NAME].body + b"\0")
    assert_rejected(spoilt, PROJECT, "every file has the listed bytes")


@pytest.mark.parametrize("name", ["demo_pkg-7.tar.gz", "demo_pkg-1.0.tar.gz.asc"])
def test_an_object_that_is_not_listed_is_found(project: Exhibit, name: str) -> None:
    spoilt = replace(project, objects={**project.objects, name: project.objects[WHEEL_NAME]})
    assert_rejected(spoilt, PROJECT, "the folder holds what is listed and nothing else")


@pytest.mark.parametrize("name", [RECORD, PAGE, WHEEL_NAME, f"{WHEEL_NAME}.metadata", "demo_pkg-1.0.tar.gz"])
def test_wrong_headers_are_found(project: Exhibit, name: str) -> None:
    stored = project.objects[name]
    plain = replace(stored.headers, content_type="application/json")
    spoilt = replace(project, objects={**project.objects, name: stored._replace(headers=plain)})
    assert_rejected(spoilt, PROJECT, "every object has the right headers")
