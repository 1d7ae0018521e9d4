from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from s3pypi_edge import keys


@pytest.mark.parametrize(
    ("name", "normalised"),
    [
        pytest.param("demo", "demo", id="as it is"),
        pytest.param("Acme_Lib.Extra", "acme-lib-extra", id="capitals and separators"),
        pytest.param("a-_.b", "a-b", id="run of separators"),
        pytest.param("7", "7", id="one digit"),
    ],
)
def test_a_name_is_normalised(name: str, normalised: str) -> None:
    assert keys.normalize(name) == normalised


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-",
        ".",
        "..",
        "-demo",
        "demo-",
        "_demo",
        "de mo",
        "demo\n",
        "a/b",
        "a%2fb",
        "d\xe9mo",
        "\u212a",
        "\u017f",
    ],
    ids=repr,
)
def test_what_pep_508_calls_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a valid project name"):
        keys.normalize(name)


@given(st.from_regex(r"\A[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\Z"))
def test_packaging_normalises_alike(name: str) -> None:
    assert str(keys.normalize(name)) == canonicalize_name(name, validate=True)


def test_keys_are_those_of_the_format() -> None:
    demo, wheel = keys.normalize("Demo"), "demo-1.0-py3-none-any.whl"
    assert keys.record_key(demo) == "packages/demo/index.json"
    assert keys.page_key(demo) == "packages/demo/index.html"
    assert keys.file_key(demo, wheel) == f"packages/demo/{wheel}"
    assert keys.metadata_key(demo, wheel) == f"packages/demo/{wheel}.metadata"


@pytest.mark.parametrize(
    "name",
    [
        "demo-1.0-py3-none-any.whl",
        "Demo.Pkg-1!2.0+local.1-1_build-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "demo-1.0-py3-none-any.whl.metadata",
        "demo-1.0.tar.gz",
        "demo-pkg-1.0rc1.zip",
        "demo-1.0.tar.gz.metadata",
    ],
)
def test_a_file_name_is_one(name: str) -> None:
    assert keys.is_file_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "index.json",
        "index.html",
        "users.json",
        "demo.whl",
        "demo-1.0-any.whl",
        "demo.tar.gz",
        "demo-1.0.tar.bz2",
        "demo-1.0.tar.gz.metadata.metadata",
        "-1.0.tar.gz",
        "../demo-1.0.tar.gz",
        "demo/demo-1.0.tar.gz",
        "demo-1.0%2f.tar.gz",
        "d\xe9mo-1.0.tar.gz",
        "demo-1.0.tar.gz\n",
        "demo-" + "1" * 250 + ".zip",
    ],
    ids=lambda name: name[:40] or "empty",
)
def test_anything_else_is_no_file_name(name: str) -> None:
    assert not keys.is_file_name(name)


LONGEST = "demo-" + "1" * (255 - len("demo-.zip.metadata")) + ".zip"


@pytest.mark.parametrize(
    "name",
    ["demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz", "demo-1.0.zip", LONGEST],
    ids=lambda name: name[:40],
)
def test_the_name_of_a_distribution_is_one(name: str) -> None:
    assert keys.is_distribution_name(name)


@pytest.mark.parametrize(
    "name",
    ["demo-1.0.tar.gz.metadata", "index.json", "demo-1.0.tar.bz2", LONGEST.replace("demo", "demo1")],
    ids=["metadata", "index", "suffix", "long"],
)
def test_anything_else_is_not_the_name_of_a_distribution(name: str) -> None:
    assert not keys.is_distribution_name(name)
