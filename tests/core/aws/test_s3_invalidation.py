from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.aws.s3_invalidation import send_invalidation
from s3pypi_core.invalidation import Invalidation, NotInvalidated, reference_of
from s3pypi_edge.keys import normalize
from tests.twine.cloudfront import cloudfront

if TYPE_CHECKING:
    from pathlib import Path

INVALIDATION = Invalidation(normalize("demo"), "E2EXAMPLE1ABCD")
PATHS = ["/packages/demo/*", "/simple/demo/*", "/demo/*"]


def test_the_command_does_the_same_by_hand() -> None:
    assert INVALIDATION.command == (
        "aws cloudfront create-invalidation --distribution-id E2EXAMPLE1ABCD "
        "--paths '/packages/demo/*' '/simple/demo/*' '/demo/*'"
    )


@pytest.mark.loopback
@pytest.mark.usefixtures("aws")
def test_cloudfront_is_told_every_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with cloudfront() as (address, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFRONT", address)
        send_invalidation(INVALIDATION, profile=None, reference="1")
    assert asked == [("E2EXAMPLE1ABCD", PATHS)]


def test_a_profile_that_is_not_there_is_named() -> None:
    with pytest.raises(NotInvalidated, match="no AWS profile named 'nobody'") as caught:
        send_invalidation(INVALIDATION, profile="nobody", reference="1")
    assert INVALIDATION.command in caught.value.hint


def test_a_credential_process_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "aws-config"
    config.write_text("[default]\ncredential_process = /nowhere/credentials\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.fspath(config))
    with pytest.raises(NotInvalidated, match="'/nowhere/credentials'") as caught:
        send_invalidation(INVALIDATION, profile=None, reference="1")
    assert INVALIDATION.command in caught.value.hint


@pytest.mark.loopback
@pytest.mark.usefixtures("aws")
def test_a_request_for_other_paths_has_another_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    with cloudfront() as (address, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFRONT", address)
        first = reference_of(INVALIDATION.project, {})
        for _ in range(2):
            send_invalidation(INVALIDATION, profile=None, reference=first)
        monkeypatch.setattr(Invalidation, "paths", ["/*"])
        with pytest.raises(NotInvalidated, match="InvalidationBatchAlreadyExists"):
            send_invalidation(INVALIDATION, profile=None, reference=first)
        later = reference_of(INVALIDATION.project, {})
        send_invalidation(INVALIDATION, profile=None, reference=later)
    assert [paths for _distribution, paths in asked] == [PATHS, ["/*"]]
