from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from s3pypi_deploy.status import show_status
from s3pypi_deploy.surroundings import Certificate
from s3pypi_deploy.whereabouts import Whereabouts
from tests.deploy.places import HOME, TRIAL, ZONED, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

WHERE = Whereabouts("acme", HOME, None, None, None)


def status(place: Place) -> Mapping[str, tuple[str, bool]]:
    place.stdout.truncate(place.stdout.seek(0))
    good = show_status(WHERE, place.ends, as_json=True)
    lines = json.loads(place.out)["status"]
    assert good == all(line["good"] for line in lines)
    return {line["what"]: (line["state"], line["good"]) for line in lines}


def test_where_nothing_stands_everything_is_absent(place: Place) -> None:
    assert set(status(place).values()) == {("absent: `up` makes it", False)}


def test_what_stands_is_good(place: Place) -> None:
    place.up()
    found = status(place)
    assert found["stack acme-edge in us-east-1"] == ("CREATE_COMPLETE", True)
    assert found["the function's code"][1]
    assert "certificate" not in found


def test_for_people_each_is_a_line_with_its_verdict(place: Place) -> None:
    place.up()
    place.cloud.stack("acme-cdn").status = "UPDATE_ROLLBACK_FAILED"
    assert not show_status(WHERE, place.ends, as_json=False)
    assert "ok\tstack acme-bucket in eu-central-1\tUPDATE_COMPLETE" in place.out
    assert "!!\tstack acme-cdn in eu-central-1\tUPDATE_ROLLBACK_FAILED: an update" in place.out


def test_a_function_of_another_version_of_the_program_is_told(place: Place) -> None:
    place.up(*TRIAL, "--reserve", "acme-*")
    assert status(place)["the function's code"][1]
    place.cloud.stack("acme-edge").outputs["CodeHash"] = "0123456789ab"
    state, good = status(place)["the function's code"]
    assert state.startswith("0123456789ab; this version of the program has ")
    assert not good


def test_code_that_is_gone_is_told(place: Place) -> None:
    place.up()
    place.around.code.clear()
    assert "is gone: `up` stores it again" in status(place)["the function's code"][0]


def test_the_certificate_and_the_name_are_looked_at(place: Place) -> None:
    place.up(*ZONED)
    arn = place.cloud.stack("acme-cdn").parameters["CertificateArn"]
    assert status(place)["certificate"] == (f"{arn} is not there", False)
    assert not status(place)["DNS of pypi.acme.com"][1]
    place.around.certificates[arn] = Certificate(arn, "ISSUED", ("pypi.acme.com",))
    place.addresses["pypi.acme.com"] = ["192.0.2.1"]
    assert status(place)["certificate"] == ("ISSUED for pypi.acme.com", True)
    assert status(place)["DNS of pypi.acme.com"] == ("192.0.2.1", True)


@pytest.mark.parametrize("undone", ["UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"])
def test_what_was_undone_is_no_emergency(place: Place, undone: str) -> None:
    place.up()
    place.cloud.stack("acme-cdn").status = undone
    assert status(place)["stack acme-cdn in eu-central-1"] == (undone, True)


def test_a_function_that_never_came_to_be_has_no_code(place: Place) -> None:
    place.cloud.leave("acme-edge", "ROLLBACK_COMPLETE", "us-east-1")
    assert "the function's code" not in status(place)
