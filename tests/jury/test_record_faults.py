from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.jury.exhibit import RECORD
from tests.jury.panel import PROJECT
from tests.jury.spoiling import (
    ABSENT,
    LEGACY,
    LOCAL,
    SDIST,
    WHEEL,
    WHEEL_NAME,
    assert_rejected,
    described,
    with_json,
    with_text,
)

if TYPE_CHECKING:
    from tests.jury.exhibit import Exhibit

PYPI_SIMPLE = "pypi simple reads the record"
MOUSEBENDER = "mousebender types the record"
SIMPLE_REPOSITORY = "simple repository reads the record"

FAULTS: list[tuple[tuple[str | int, ...], object, str]] = [
    (("meta", "api-version"), "2.0", PYPI_SIMPLE),
    (("meta", "api-version"), "1.3", MOUSEBENDER),
    (("meta", "api-version"), ABSENT, PYPI_SIMPLE),
    (("meta",), ABSENT, PYPI_SIMPLE),
    (("meta", "project-status"), "deprecated", "meta says the version and nothing else"),
    (("name",), ABSENT, PYPI_SIMPLE),
    (("name",), "Demo_Pkg", "the name is normalised and that of the folder"),
    (("name",), "other", "the name is normalised and that of the folder"),
    (("alternate-locations",), [], "every public key is of the standard"),
    (("project-status", "status"), "gone", PYPI_SIMPLE),
    (("project-status",), "deprecated", PYPI_SIMPLE),
    (("project-status", "reason"), 7, PYPI_SIMPLE),
    (("project-status", "reason"), "\ud800", "the text is strict json"),
    (("project-status", "status"), "quarantined", "a quarantined project offers nothing"),
    (("versions",), ABSENT, MOUSEBENDER),
    (("versions",), ["0.9", "1.0", "1.0", "1.1+local.1"], "the versions are those of the files"),
    (("versions",), ["0.9", "1.0", "1.1+LOCAL.1"], "the versions are those of the files"),
    (("versions",), ["0.9", "1.0"], "the versions are those of the files"),
    (("versions",), ["0.9", "1.0", "1.1+local.1", "7"], "the versions are those of the files"),
    (("versions", 0), 0.9, PYPI_SIMPLE),
    (("files",), ABSENT, PYPI_SIMPLE),
    (("files",), {}, PYPI_SIMPLE),
    (("files", WHEEL, "filename"), ABSENT, PYPI_SIMPLE),
    (
        ("files", WHEEL, "filename"),
        "other-1.0-py3-none-any.whl",
        "every file is of the project and there once",
    ),
    (("files", SDIST, "filename"), "demo-pkg-1.0.tar.bz2", "every file is of the project and there once"),
    (("files", SDIST, "filename"), WHEEL_NAME, "every file is of the project and there once"),
    (("files", WHEEL, "url"), ABSENT, PYPI_SIMPLE),
    (("files", WHEEL, "url"), "demo_pkg-1.1-py3-none-any.whl", "every address is the quoted file name"),
    (("files", WHEEL, "url"), f"/simple/demo-pkg/{WHEEL_NAME}", "every address is the quoted file name"),
    (("files", WHEEL, "url"), f"https://example.com/{WHEEL_NAME}", "every address is the quoted file name"),
    (
        ("files", LOCAL, "url"),
        "demo_pkg-1.1+local.1-py3-none-any.whl",
        "every address is the quoted file name",
    ),
    (("files", WHEEL, "hashes"), ABSENT, SIMPLE_REPOSITORY),
    (("files", WHEEL, "hashes"), {"SHA256": "a" * 64}, "every hash has a lower case name and value"),
    (("files", WHEEL, "hashes"), {"sha256": "A" * 64}, "every hash has a lower case name and value"),
    (("files", WHEEL, "hashes"), {"sha256": "a" * 63}, "every hash has a lower case name and value"),
    (("files", WHEEL, "hashes"), {"md5": "a" * 32}, "every hash has a lower case name and value"),
    (("files", WHEEL, "hashes"), {"sha256": "a" * 64}, "every file has the listed bytes"),
    (("files", WHEEL, "size"), ABSENT, SIMPLE_REPOSITORY),
    (("files", WHEEL, "size"), "123", MOUSEBENDER),
    (("files", WHEEL, "size"), 1, "every file has the listed bytes"),
    (("files", WHEEL, "upload-time"), "2026-11-22T10:00:00+00:00", SIMPLE_REPOSITORY),
    (("files", WHEEL, "upload-time"), "2026-11-22 10:00:00Z", SIMPLE_REPOSITORY),
    (("files", WHEEL, "upload-time"), "2026-11-22T10:00:00.1234567Z", SIMPLE_REPOSITORY),
    (("files", WHEEL, "upload-time"), "2026-02-30T10:00:00Z", SIMPLE_REPOSITORY),
    (("files", WHEEL, "upload-time"), "2026-1-2T3:04:05Z", "every upload time is in utc"),
    (("files", WHEEL, "upload-time"), "2026-1-2T3:04:05.1Z", "every upload time is in utc"),
    (("files", WHEEL, "yanked"), "", SIMPLE_REPOSITORY),
    (("files", WHEEL, "yanked"), "", "every yank is a bool or has a reason"),
    (("files", WHEEL, "yanked"), 1, PYPI_SIMPLE),
    (("files", WHEEL, "yanked"), None, "every yank is a bool or has a reason"),
    (("files", WHEEL, "requires-python"), "", "every requires python is a specifier"),
    (("files", WHEEL, "requires-python"), "3.9 or newer", "every requires python is a specifier"),
    (("files", WHEEL, "requires-python"), 3, MOUSEBENDER),
    (("files", WHEEL, "core-metadata"), "sha256=" + "a" * 64, PYPI_SIMPLE),
    (
        ("files", WHEEL, "core-metadata"),
        {"sha256": "a" * 64},
        "every metadata file is what the distribution says",
    ),
    (("files", WHEEL, "core-metadata"), {"SHA256": "a" * 64}, "every hash has a lower case name and value"),
    (("files", WHEEL, "core-metadata"), False, "every metadata file is what the distribution says"),
    (("files", WHEEL, "core-metadata"), False, "the folder holds what is listed and nothing else"),
    (
        ("files", LEGACY, "core-metadata"),
        {"sha256": "a" * 64},
        "every metadata file is what the distribution says",
    ),
    (("files", WHEEL, "dist-info-metadata"), True, "every public key is of the standard"),
    (("files", LOCAL, "provenance"), "../provenance", PYPI_SIMPLE),
    (("files", LOCAL, "provenance"), 7, MOUSEBENDER),
    (("_generation",), 1, "the head says what the record says"),
]


@pytest.mark.parametrize(("path", "value", "juror"), FAULTS, ids=map(described, FAULTS))
def test_a_fault_in_a_record_is_found(
    project: Exhibit, path: tuple[str | int, ...], value: object, juror: str
) -> None:
    assert_rejected(with_json(project, path, value), PROJECT, juror)


@pytest.mark.parametrize(
    ("old", "new", "juror"),
    [
        pytest.param('{"meta"', '{"name": "demo-pkg", "meta"', "the text is strict json", id="a key twice"),
        pytest.param('"size":', '"_size": NaN, "size":', "the text is strict json", id="NaN"),
        pytest.param("{", "\ufeff{", SIMPLE_REPOSITORY, id="a byte order mark"),
        pytest.param("}", "", SIMPLE_REPOSITORY, id="cut short"),
    ],
)
def test_a_fault_in_the_text_of_a_record_is_found(project: Exhibit, old: str, new: str, juror: str) -> None:
    assert_rejected(with_text(project, RECORD, old, new), PROJECT, juror)
