from __future__ import annotations

import pytest

from s3pypi_core.bucket import CONFIG_HEADERS, PAGE_HEADERS, RECORD_HEADERS
from s3pypi_core.memory_bucket import MemoryBucket, StoredObject
from s3pypi_core.page import root_page
from s3pypi_core.repository import RootLost, create_repository, create_user_store
from s3pypi_core.root import Root
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, USERS_KEY, normalize

EMPTY_PAIR = {
    ROOT_PAGE: StoredObject(root_page(Root()), PAGE_HEADERS),
    ROOT_RECORD: StoredObject(Root().to_json(), RECORD_HEADERS),
}
ROOT = Root().with_projects([normalize("demo")])
PAIR = {
    ROOT_PAGE: StoredObject(root_page(ROOT), PAGE_HEADERS),
    ROOT_RECORD: StoredObject(ROOT.to_json(), RECORD_HEADERS),
}


@pytest.fixture
def bucket() -> MemoryBucket:
    return MemoryBucket("acme-pypi")


def test_a_bucket_becomes_an_empty_repository(bucket: MemoryBucket) -> None:
    assert create_repository(bucket)
    assert bucket.objects == EMPTY_PAIR


def test_the_page_is_there_before_the_record(bucket: MemoryBucket) -> None:
    requests: list[tuple[str, str]] = []
    bucket.before = lambda operation, key: requests.append((operation, key))
    create_repository(bucket)
    assert requests[1:] == [("create", ROOT_PAGE), ("create", ROOT_RECORD)]


def test_a_repository_is_left_as_it_is(bucket: MemoryBucket) -> None:
    bucket.objects.update(PAIR)
    assert not create_repository(bucket)
    assert bucket.objects == PAIR


def test_what_was_stopped_halfway_is_completed(bucket: MemoryBucket) -> None:
    bucket.objects[ROOT_PAGE] = EMPTY_PAIR[ROOT_PAGE]
    assert create_repository(bucket)
    assert bucket.objects == EMPTY_PAIR


def test_a_lost_record_is_not_begun_again(bucket: MemoryBucket) -> None:
    bucket.objects[ROOT_PAGE] = PAIR[ROOT_PAGE]
    with pytest.raises(RootLost, match="verify --repair"):
        create_repository(bucket)
    assert bucket.objects == {ROOT_PAGE: PAIR[ROOT_PAGE]}


def test_a_repository_that_somebody_makes_and_fills_meanwhile_stays(bucket: MemoryBucket) -> None:
    def rival(operation: str, _key: str) -> None:
        if operation == "create":
            bucket.objects.update(PAIR)

    bucket.before = rival
    assert not create_repository(bucket)
    assert bucket.objects == PAIR


def test_a_user_store_is_never_overwritten(bucket: MemoryBucket) -> None:
    assert create_user_store(bucket, b"first")
    assert not create_user_store(bucket, b"second")
    assert bucket.objects == {USERS_KEY: StoredObject(b"first", CONFIG_HEADERS)}
