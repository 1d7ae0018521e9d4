from __future__ import annotations

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3pypi_core.document import UnreadableDocument
from s3pypi_core.root import Root
from s3pypi_edge.keys import normalize

projects = st.builds(normalize, st.text(string.ascii_lowercase + string.digits, min_size=1))


def test_a_new_root_names_no_project() -> None:
    assert json.loads(Root().to_json()) == {
        "meta": {"api-version": "1.4", "_last-serial": 0},
        "projects": [],
        "_generation": 0,
    }


def test_projects_are_added_in_order_with_the_next_generation_as_their_serial() -> None:
    root = Root().with_projects([normalize("b"), normalize("c")]).with_projects([normalize("a")])
    assert json.loads(root.to_json()) == {
        "meta": {"api-version": "1.4", "_last-serial": 2},
        "projects": [
            {"name": "a", "_last-serial": 2},
            {"name": "b", "_last-serial": 2},
            {"name": "c", "_last-serial": 2},
        ],
        "_generation": 2,
    }


def test_adding_what_is_named_already_changes_nothing() -> None:
    root = Root().with_projects([normalize("a")])
    assert root.with_projects([normalize("a")]) is root


@given(st.lists(projects), projects)
def test_a_root_contains_exactly_its_projects(names: list[str], other: str) -> None:
    root = Root().with_projects(map(normalize, names))
    assert all(normalize(name) in root for name in names)
    assert (normalize(other) in root) == (other in names)


@given(st.lists(projects), st.integers(0, 10**15))
def test_what_is_written_is_read_back(names: list[str], generation: int) -> None:
    root = Root(generation, tuple(map(normalize, names)), {"_theirs": [1.5], "meta": {"_mirror": "x"}})
    assert Root.parse(root.to_json()) == root
    assert Root.parse(root.to_json()).to_json() == root.to_json()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        pytest.param({"projects": {}}, "'projects' is not a list", id="projects"),
        pytest.param({"projects": ["a"]}, "an entry of 'projects' is not an object", id="entry"),
        pytest.param({"projects": [{}]}, "'name' is missing", id="no name"),
        pytest.param({"projects": [{"name": "A.b"}]}, "'A.b' is not a normalised name", id="not normalised"),
        pytest.param(
            {"projects": [{"name": "../a"}]}, "'../a' is not a valid project name", id="no name at all"
        ),
        pytest.param({"_generation": -1}, "'_generation' is -1", id="generation"),
    ],
)
def test_a_damaged_root_is_refused_and_the_key_named(change: dict[str, object], fault: str) -> None:
    document = {**json.loads(Root().to_json()), **change}
    with pytest.raises(UnreadableDocument) as refused:
        Root.parse(json.dumps(document).encode())
    assert refused.value.message == f"packages/index.json in the bucket cannot be read: {fault}"
    assert "s3twine verify --repair" in refused.value.hint
