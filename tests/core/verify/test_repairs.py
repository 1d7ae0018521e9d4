from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from s3pypi_core.verify.finding import Finding, Kind
from s3pypi_core.verify.mend import Repair
from s3pypi_core.verify.mend_project import _REPAIRS as OF_A_PROJECT
from s3pypi_core.verify.root_mend import _REPAIRS as OF_THE_ROOT
from s3pypi_core.verify.root_mend import mend_root
from tests.repositories import PATIENT

if TYPE_CHECKING:
    from s3pypi_core.memory_bucket import MemoryBucket

REPAIRED = {*OF_A_PROJECT, *OF_THE_ROOT, "upload-unfinished"}


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_kind_has_a_repair_if_and_only_if_it_is_called_mendable(kind: Kind) -> None:
    assert (kind in REPAIRED) == Finding(kind, "packages/demo/index.json", "").mendable


def test_a_kind_of_the_root_without_a_repair_rewrites_nothing(bucket: MemoryBucket) -> None:
    before = dict(bucket.objects)
    todo = [Finding("root-newer", "packages/index.json", "the list of projects is of a later format")]
    with pytest.raises(KeyError, match="root-newer"):
        mend_root(bucket, todo, [], Repair(), PATIENT, whole=True)
    assert bucket.objects == before
