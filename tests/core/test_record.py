from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3pypi_core.document import UnreadableDocument
from s3pypi_core.file import File
from s3pypi_core.record import STATUSES, NameRemoved, NameTaken, ProjectClosed, Record, Tombstone
from s3pypi_edge.keys import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

DEMO = normalize("demo")
SHA = "a" * 64


def file(filename: str, sha256: str = SHA) -> File:
    return File(filename, sha256, 10, "2026-11-22T10:00:00.000000Z")


def wheel(version: str, sha256: str = SHA) -> File:
    return file(f"demo-{version}-py3-none-any.whl", sha256)


RELEASED = Record(DEMO).with_files([wheel("1.0")])

digests = st.text("0123456789abcdef", min_size=64, max_size=64)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
extras = st.dictionaries(st.text().map("_theirs-{}".format), values, max_size=3)
filenames = st.builds(
    "{}-{}{}".format,
    st.sampled_from(["demo", "Demo", "de-mo"]),
    st.sampled_from(["1.0", "1.0.0", "1!0.1", "2.0rc1", "10", "1.0+local.7", "1.0.dev3"]),
    st.sampled_from([".tar.gz", ".zip"]),
)
files = st.builds(
    File,
    filename=filenames,
    sha256=digests,
    size=st.integers(0, 10**12),
    upload_time=st.datetimes().map("{:%Y-%m-%dT%H:%M:%S.%fZ}".format).map(lambda text: text.rjust(27, "0")),
    requires_python=st.none() | st.text(min_size=1),
    core_metadata=st.none() | digests,
    yanked=st.booleans() | st.text(min_size=1),
    extra=extras,
)
listings = st.lists(files, max_size=6, unique_by=lambda file: file.filename).map(tuple)
records = st.builds(
    Record,
    project=st.just(DEMO),
    generation=st.integers(0, 10**15),
    files=listings,
    removed=st.dictionaries(filenames, st.builds(Tombstone, digests, st.text()), max_size=3),
    withheld=listings,
    status=st.sampled_from(STATUSES),
    status_reason=st.none() | st.text(),
    extra=extras,
)


def test_a_new_record_lists_nothing() -> None:
    assert json.loads(Record(DEMO).to_json()) == {
        "meta": {"api-version": "1.4"},
        "name": "demo",
        "project-status": {"status": "active"},
        "versions": [],
        "files": [],
        "_generation": 0,
        "_removed": {},
        "_withheld": [],
    }


def test_a_record_is_written_as_the_simple_api_says() -> None:
    record = replace(
        RELEASED,
        removed={"demo-0.9.tar.gz": Tombstone("b" * 64, "2026-11-20T00:00:00Z")},
        status="deprecated",
        status_reason="use demo2",
    )
    assert json.loads(record.to_json()) == {
        "meta": {"api-version": "1.4"},
        "name": "demo",
        "project-status": {"status": "deprecated", "reason": "use demo2"},
        "versions": ["1.0"],
        "files": [wheel("1.0").to_json()],
        "_generation": 1,
        "_removed": {"demo-0.9.tar.gz": {"sha256": "b" * 64, "date": "2026-11-20T00:00:00Z"}},
        "_withheld": [],
    }


@given(records)
def test_what_is_written_is_read_back(record: Record) -> None:
    body = record.to_json()
    assert Record.parse(body, DEMO) == record
    assert Record.parse(body, DEMO).to_json() == body


@given(st.permutations([wheel("1.0"), file("demo-1.0.tar.gz"), wheel("1.10"), wheel("1.9"), wheel("2.0rc1")]))
def test_the_order_of_uploads_does_not_show(order: list[File]) -> None:
    record = Record(DEMO).with_files(order)
    assert [file.filename for file in record.files] == [
        "demo-1.0-py3-none-any.whl",
        "demo-1.0.tar.gz",
        "demo-1.9-py3-none-any.whl",
        "demo-1.10-py3-none-any.whl",
        "demo-2.0rc1-py3-none-any.whl",
    ]
    assert record.versions == ["1.0", "1.9", "1.10", "2.0rc1"]


def test_one_version_in_two_spellings_is_listed_once() -> None:
    assert Record(DEMO).with_files([wheel("1.0"), file("demo-1.0.0.tar.gz")]).versions == ["1.0"]


def test_withheld_files_are_not_offered_but_their_versions_stay_known() -> None:
    record = Record(DEMO, 3, withheld=(wheel("1.0"),), status="quarantined")
    document = json.loads(record.to_json())
    assert document["files"] == []
    assert document["versions"] == ["1.0"]
    assert document["_withheld"] == [wheel("1.0").to_json()]


def test_what_others_added_stays() -> None:
    document = json.loads(RELEASED.to_json())
    document["_notes"] = {"kept": True}
    document["meta"]["_last-serial"] = 7
    document["project-status"]["_by"] = "alice"
    document["files"][0]["provenance"] = None
    document["files"][0]["hashes"]["md5"] = "c" * 32
    record = Record.parse(json.dumps(document).encode(), DEMO).with_files([wheel("2.0")])
    written = json.loads(record.to_json())
    assert written["_notes"] == {"kept": True}
    assert written["meta"] == {"api-version": "1.4", "_last-serial": 7}
    assert written["project-status"] == {"status": "active", "_by": "alice"}
    assert written["files"][0] == document["files"][0]


def test_a_file_is_found_by_its_name() -> None:
    assert RELEASED.file("demo-1.0-py3-none-any.whl") == wheel("1.0")
    assert RELEASED.file("demo-2.0-py3-none-any.whl") is None


def test_the_same_file_again_changes_nothing() -> None:
    yanked = replace(RELEASED, files=(replace(wheel("1.0"), yanked="broken"),))
    assert yanked.with_files([wheel("1.0")]) is yanked


def test_a_listed_file_is_kept_as_it_is_when_others_come() -> None:
    yanked = replace(wheel("1.0"), yanked="broken")
    record = replace(RELEASED, files=(yanked,)).with_files([wheel("1.0"), wheel("2.0")])
    assert record.files == (yanked, wheel("2.0"))
    assert record.generation == 2


def test_other_bytes_under_a_taken_name_are_refused_all_at_once() -> None:
    record = RELEASED.with_files([wheel("2.0")])
    with pytest.raises(NameTaken) as refused:
        record.with_files([wheel("2.0", "b" * 64), wheel("1.0", "b" * 64), wheel("3.0")])
    assert refused.value.message == (
        "demo has other files under these names: demo-1.0-py3-none-any.whl, demo-2.0-py3-none-any.whl"
    )
    assert "another version" in refused.value.hint


def test_an_upload_may_not_hold_two_contents_under_one_name() -> None:
    with pytest.raises(NameTaken):
        Record(DEMO).with_files([wheel("1.0"), wheel("1.0", "b" * 64)])


def test_a_removed_name_is_refused_whatever_its_bytes() -> None:
    gone = {f"demo-{version}.tar.gz": Tombstone(SHA, "2026-11-20T00:00:00Z") for version in ("1.0", "2.0")}
    record = replace(RELEASED, removed=gone)
    record.refuse_uploads_of(["demo-3.0.tar.gz"])
    with pytest.raises(NameRemoved) as refused:
        record.refuse_uploads_of(["demo-2.0.tar.gz", "demo-3.0.tar.gz", "demo-1.0.tar.gz"])
    assert refused.value.message == (
        "demo had files of these names, which were deleted: demo-1.0.tar.gz, demo-2.0.tar.gz"
    )


@pytest.mark.parametrize(
    ("status", "reason", "sentence"),
    [
        ("archived", "moved on", "demo is archived and takes no uploads: moved on"),
        (
            "archived",
            "moved\nto \x1b",
            "demo is archived and takes no uploads: moved to \N{REPLACEMENT CHARACTER}",
        ),
        ("quarantined", None, "demo is quarantined and takes no uploads"),
    ],
)
def test_a_closed_project_takes_no_uploads(status: str, reason: str | None, sentence: str) -> None:
    with pytest.raises(ProjectClosed) as refused:
        replace(RELEASED, status=status, status_reason=reason).refuse_uploads_of(["demo-3.0.tar.gz"])
    assert refused.value.message == sentence


@pytest.mark.parametrize("status", ["active", "deprecated"])
def test_an_open_project_takes_uploads(status: str) -> None:
    replace(RELEASED, status=status).refuse_uploads_of(["demo-3.0.tar.gz"])


def test_a_reason_that_is_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="the reason of the status holds half of a surrogate pair"):
        Record(DEMO, status="archived", status_reason="moved \udcff")


ENTRY = wheel("1.0").to_json()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        pytest.param({"name": "other"}, "it is of another project, 'other'", id="another project"),
        pytest.param({"name": None}, "'name' is not a string", id="no name"),
        pytest.param({"files": {}}, "'files' is not a list", id="files"),
        pytest.param({"files": ["x"]}, "an entry of 'files' is not an object", id="entry"),
        pytest.param({"files": [{**ENTRY, "size": None}]}, "'size' is not an integer", id="file"),
        pytest.param({"files": [ENTRY, ENTRY]}, "a file name comes twice", id="file twice"),
        pytest.param({"_withheld": [ENTRY, ENTRY]}, "a file name comes twice", id="withheld twice"),
        pytest.param({"_withheld": 1}, "'_withheld' is not a list", id="withheld"),
        pytest.param({"_generation": True}, "'_generation' is not an integer", id="generation is true"),
        pytest.param(
            {"_generation": 10**16}, "'_generation' is 10000000000000000", id="generation too large"
        ),
        pytest.param({"_removed": []}, "'_removed' is not an object", id="tombstones"),
        pytest.param({"_removed": {"x": 1}}, "the tombstone of 'x' is not an object", id="tombstone"),
        pytest.param({"_removed": {"x": {"sha256": SHA}}}, "'date' is missing", id="tombstone without date"),
        pytest.param({"_removed": {"x": {"sha256": "1"}}}, "'1' is not a SHA-256", id="tombstone's hash"),
        pytest.param({"project-status": "active"}, "'project-status' is not an object", id="status"),
        pytest.param({"project-status": {"status": "gone"}}, "the status is 'gone'", id="unknown status"),
        pytest.param({"project-status": {"reason": 1}}, "'reason' is not a string", id="reason"),
    ],
)
def test_a_damaged_record_is_refused_and_the_key_named(change: dict[str, object], fault: str) -> None:
    document = {**json.loads(RELEASED.to_json()), **change}
    with pytest.raises(UnreadableDocument) as refused:
        Record.parse(json.dumps(document).encode(), DEMO)
    assert refused.value.message == f"packages/demo/index.json in the bucket cannot be read: {fault}"
    assert "s3twine verify --repair" in refused.value.hint


def test_private_keys_may_be_missing_but_for_the_generation() -> None:
    document = json.loads(RELEASED.to_json())
    for key in ("_removed", "_withheld", "project-status", "versions"):
        del document[key]
    assert Record.parse(json.dumps(document).encode(), DEMO) == RELEASED
    del document["_generation"]
    with pytest.raises(UnreadableDocument, match="'_generation' is missing"):
        Record.parse(json.dumps(document).encode(), DEMO)


def _places(value: object) -> Iterator[tuple[Any, Any]]:
    """Yield each container in the JSON value with each of its keys or indexes."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield value, key
        yield from _places(inner)


@given(records, st.data(), values)
def test_whatever_is_wrong_in_a_record_is_refused_or_can_be_written_back(
    record: Record, data: st.DataObject, value: object
) -> None:
    document = json.loads(record.to_json())
    places = list(_places(document))
    container, key = places[data.draw(st.integers(0, len(places) - 1))]
    container[key] = value
    try:
        read = Record.parse(json.dumps(document).encode(), DEMO)
    except UnreadableDocument:
        return
    assert Record.parse(read.to_json(), DEMO) == read


def test_a_record_of_ten_thousand_files_takes_one_more() -> None:
    body = Record(DEMO).with_files(wheel(f"{n // 100}.{n % 100}") for n in range(10_000)).to_json()
    record = Record.parse(body, DEMO).with_files([wheel("1000")])
    assert len(Record.parse(record.to_json(), DEMO).files) == 10_001
