from __future__ import annotations

from typing import TYPE_CHECKING

from tests.jury import test_page_faults, test_record_faults, test_root_faults
from tests.jury.panel import PROJECT, ROOT, objections

if TYPE_CHECKING:
    from tests.jury.exhibit import Exhibit

OBJECT_JURORS = {
    "every object has the right headers",
    "the folder holds what is listed and nothing else",
}


def test_every_juror_accepts_what_the_tests_of_faults_spoil(project: Exhibit, root: Exhibit) -> None:
    assert objections(project, PROJECT) == {}
    assert objections(root, ROOT) == {}


def test_no_juror_is_decoration() -> None:
    faults = (*test_record_faults.FAULTS, *test_page_faults.FAULTS)
    assert {juror for *_, juror in faults} | OBJECT_JURORS == set(PROJECT)
    faults_of_the_root = (*test_root_faults.RECORD_FAULTS, *test_root_faults.PAGE_FAULTS)
    assert {juror for *_, juror in faults_of_the_root} | OBJECT_JURORS >= set(ROOT)
