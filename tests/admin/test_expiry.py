from __future__ import annotations

import pytest

from s3pypi_admin.expiry import BadExpiry, parse_expiry
from tests.admin.console import NOW


@pytest.mark.parametrize(
    ("text", "expires"),
    [
        ("90d", "2027-02-20T10:00:00Z"),
        ("12h", "2026-11-22T22:00:00Z"),
        ("30m", "2026-11-22T10:30:00Z"),
        ("2027-01-31", "2027-01-31T00:00:00Z"),
        ("2027-01-31T12:30:00Z", "2027-01-31T12:30:00Z"),
    ],
)
def test_a_token_expires_after_a_duration_or_at_a_date(text: str, expires: str) -> None:
    assert parse_expiry(text, NOW) == expires


@pytest.mark.parametrize("text", ["0d", "2026-11-22", "2020-01-01T00:00:00Z"])
def test_a_time_that_has_passed_is_refused(text: str) -> None:
    with pytest.raises(BadExpiry, match="not in the future"):
        parse_expiry(text, NOW)


@pytest.mark.parametrize(
    "text", ["", "soon", "90", "-1d", "1.5h", "90 d", "999999d", "2027-02-30", "31.1.2027", "٣d"]
)
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(BadExpiry, match="neither a duration nor a date") as caught:
        parse_expiry(text, NOW)
    assert "90d, 12h or 30m" in caught.value.hint
