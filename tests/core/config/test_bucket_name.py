from __future__ import annotations

import pytest

from s3pypi_core.config.bucket_name import check_bucket_name


@pytest.mark.parametrize("name", ["abc", "a" * 63, "1.2.3", "s3pypi-local", "a.b-c"])
def test_an_ordinary_name_is_taken(name: str) -> None:
    assert check_bucket_name(name) == name


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        *(
            pytest.param(name, "3 to 63 of a-z", id=repr(name[:9]))
            for name in ("", "NO", "ab", "a" * 64, "-ab", "ab.", "a_b", "abc\n")
        ),
        pytest.param("a..b", "two adjacent periods", id="dots"),
        pytest.param("192.168.5.4", "an IP address", id="address"),
    ],
)
def test_a_name_that_s3_refuses_is_refused(name: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        check_bucket_name(name)
