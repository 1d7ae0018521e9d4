"""The headers that clients rely on, to the letter."""

from __future__ import annotations

import pytest

from s3pypi_core.bucket import (
    CONFIG_HEADERS,
    METADATA_FILE_HEADERS,
    PAGE_HEADERS,
    RECORD_HEADERS,
    Headers,
    distribution_headers,
)


@pytest.mark.parametrize(
    ("headers", "content_type", "cache_control"),
    [
        pytest.param(RECORD_HEADERS, "application/vnd.pypi.simple.v1+json", "no-cache", id="record"),
        pytest.param(PAGE_HEADERS, "text/html; charset=utf-8", "no-cache", id="page"),
        pytest.param(CONFIG_HEADERS, "application/json", "no-cache", id="config"),
        pytest.param(
            METADATA_FILE_HEADERS, "text/plain; charset=utf-8", "max-age=31536000, immutable", id="metadata"
        ),
    ],
)
def test_documents_have_their_headers(headers: Headers, content_type: str, cache_control: str) -> None:
    assert headers == Headers(content_type, cache_control)


@pytest.mark.parametrize(
    ("filename", "content_type"),
    [
        pytest.param("demo-1.0-py3-none-any.whl", "application/octet-stream", id="wheel"),
        pytest.param("demo-1.0.tar.gz", "application/gzip", id="sdist"),
        pytest.param("demo-1.0.zip", "application/zip", id="zip"),
    ],
)
def test_a_distribution_carries_what_rebuilds_its_entry(filename: str, content_type: str) -> None:
    metadata = {"sha256": "ab" * 32, "upload-time": "2026-11-22T10:00:00Z"}
    assert distribution_headers(filename, "ab" * 32, "2026-11-22T10:00:00Z") == Headers(
        content_type, "max-age=31536000, immutable", metadata
    )
