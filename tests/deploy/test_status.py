from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.errors import UsageError
from s3pypi_deploy.edge_zip import read_config
from s3pypi_deploy.errors import StackFailed
from s3pypi_deploy.status import show_status
from s3pypi_deploy.surroundings import Certificate
from s3pypi_deploy.whereabouts import Whereabouts
from tests.deploy.account import Held
from tests.deploy.places import CERTIFICATE, HOME, TRIAL, ZONED, Place

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


CONFIG = "s3pypi_edge/config.json"


def zipped(**members: str) -> bytes:
    """A zip of somebody's; ``config`` is where ours has its configuration."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(CONFIG if name == "config" else name, text)
    return body.getvalue()


DAMAGED = bytearray(zipped(config="{}"))
DAMAGED[30 + len(CONFIG)] = 0xFF  # the first byte of what is compressed: a kind of block that is none


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>", id="no zip"),
        pytest.param(zipped(), id="an empty one"),
        pytest.param(zipped(other="{}"), id="somebody else's"),
        pytest.param(zipped(config="{"), id="no json"),
        pytest.param(zipped(config="[]"), id="other json"),
        pytest.param(bytes(DAMAGED), id="damaged"),
    ],
)
def test_code_that_is_no_zip_of_ours_is_told(place: Place, code: bytes) -> None:
    place.up()
    ((bucket, key),) = place.around.code
    place.around.code[bucket, key] = code
    state, good = status(place)["the function's code"]
    assert state.startswith(f"s3://{bucket}/{key} is no zip of this program: `aws s3 rm s3://{bucket}/{key}`")
    assert not good


def test_code_of_a_newer_version_of_the_program_is_told_and_not_to_be_removed(place: Place) -> None:
    place.up()
    ((bucket, key),) = place.around.code
    config = json.dumps({**read_config(place.around.code[bucket, key]), "colour": "blue"})
    place.around.code[bucket, key] = zipped(config=config)
    state, good = status(place)["the function's code"]
    assert state == (
        f"another version of this program made s3://{bucket}/{key} (config.json has unknown keys: colour): "
        "install that one, or see `plan`"
    )
    assert not good


def test_a_repository_of_the_same_name_for_another_domain_is_refused(place: Place) -> None:
    place.up(*ZONED)
    with pytest.raises(UsageError, match=r"acme is the repository for pypi\.acme\.com, and not for"):
        show_status(WHERE._replace(domain="pypi.acme.dev"), place.ends, as_json=True)
    assert not place.out.startswith("{")
    show_status(WHERE._replace(domain="pypi.acme.com"), place.ends, as_json=False)
    assert "ok\tstack acme-cdn in eu-central-1\tCREATE_COMPLETE" in place.out


def test_where_nothing_stands_no_domain_is_refused(place: Place) -> None:
    assert not show_status(WHERE._replace(domain="pypi.acme.dev"), place.ends, as_json=False)
    assert place.out.count("absent: `up` makes it") == 3


def test_the_certificate_and_the_name_are_looked_at(place: Place) -> None:
    place.up(*ZONED)
    arn = place.cloud.stack("acme-cdn").parameters["CertificateArn"]
    assert status(place)["certificate"] == (f"{arn} is not there", False)
    assert not status(place)["DNS of pypi.acme.com"][1]
    place.around.certificates[arn] = Certificate(arn, "ISSUED", ("pypi.acme.com",))
    place.addresses["pypi.acme.com"] = place.addresses[target(place)] = ["192.0.2.1"]
    assert status(place)["certificate"] == ("ISSUED for pypi.acme.com", True)
    assert status(place)["DNS of pypi.acme.com"] == ("192.0.2.1", True)


def target(place: Place) -> str:
    return place.cloud.stack("acme-cdn").outputs["DistributionDomainName"]


@pytest.mark.parametrize(
    ("domain", "distribution", "said", "good"),
    [
        pytest.param(
            [], ["192.0.2.1"], "has no address: let it be an alias, or a CNAME, of {}", False, id="no"
        ),
        pytest.param(
            ["203.0.113.9"],
            ["192.0.2.1", "192.0.2.2"],
            "203.0.113.9: not {0} (192.0.2.1, 192.0.2.2); let it be an alias, or a CNAME, of {0}",
            False,
            id="somebody else's",
        ),
        pytest.param(["203.0.113.9"], [], "203.0.113.9: not {} (which has no address); let", False, id="new"),
        pytest.param(
            ["192.0.2.2", "192.0.2.3"], ["192.0.2.1", "192.0.2.2"], "192.0.2.2, 19", True, id="some"
        ),
    ],
)
def test_the_name_has_to_lead_to_the_distribution(
    place: Place, domain: list[str], distribution: list[str], said: str, *, good: bool
) -> None:
    place.up(*ZONED)
    place.addresses = {"pypi.acme.com": domain, target(place): distribution}
    told = status(place)["DNS of pypi.acme.com"]
    assert told[0].startswith(said.format(target(place)))
    assert told[1] == good


def test_a_name_without_a_distribution_leads_nowhere(place: Place) -> None:
    kept = place.cloud.leave("acme-cdn", "CREATE_IN_PROGRESS")
    kept.parameters = {"DomainName": "pypi.acme.com"}
    assert status(place)["DNS of pypi.acme.com"] == ("has no address; there is no distribution yet", False)


PENDING = Certificate(
    CERTIFICATE,
    "PENDING_VALIDATION",
    ("pypi.acme.com",),
    records=("_1.pypi.acme.com. CNAME _2.acm-validations.aws.",),
)


@pytest.mark.parametrize(
    ("certificate", "said"),
    [
        pytest.param(
            PENDING,
            "PENDING_VALIDATION for pypi.acme.com: ACM waits until DNS says "
            "_1.pypi.acme.com. CNAME _2.acm-validations.aws.",
            id="pending",
        ),
        pytest.param(
            PENDING._replace(status="FAILED", reason="CAA_ERROR", records=()),
            "FAILED (CAA_ERROR) for pypi.acme.com",
            id="failed",
        ),
    ],
)
def test_a_certificate_that_the_function_waits_for_is_told_with_the_record_to_set(
    place: Place, certificate: Certificate, said: str
) -> None:
    kept = place.cloud.leave("acme-edge", "CREATE_IN_PROGRESS", "us-east-1")
    kind = "AWS::CertificateManager::Certificate"
    kept.resources["Certificate"] = Held(kind, "", "", retained=False, status="CREATE_IN_PROGRESS")
    assert "certificate" not in status(place)
    kept.resources["Certificate"].physical_id = CERTIFICATE
    place.around.certificates[CERTIFICATE] = certificate
    assert status(place)["certificate"] == (said, False)


def test_code_that_cloudfront_does_not_run_yet_is_told(place: Place) -> None:
    upstream = ("--upstream", "https://pypi.org/simple/")
    place.up()
    assert "the code that CloudFront runs" not in status(place)
    place.cloud.fails["acme-cdn", "Distribution"] = "no"
    with pytest.raises(StackFailed):
        place.up(*TRIAL, *upstream)
    found = status(place)
    assert found["stack acme-cdn in eu-central-1"][1] is False
    assert found["stack acme-edge in us-east-1"][1]
    state, good = found["the code that CloudFront runs"]
    assert re.sub("-[0-9]{12}", "", state) == (  # what tells functions of the same name apart
        "CloudFront still runs version 1 of acme-edge-Edge, and the newest is version 2 of acme-edge-Edge; "
        "CloudFront still runs none, and the newest is version 1 of acme-edge-OriginResponse: run `up` again"
    )
    assert not good
    place.cloud.fails.clear()
    place.up(*TRIAL, *upstream)
    assert all(good for _, good in status(place).values())


def test_a_distribution_that_never_came_to_be_runs_nothing(place: Place) -> None:
    place.cloud.fails["acme-cdn", "Distribution"] = "no"
    with pytest.raises(StackFailed):
        place.up()
    assert "the code that CloudFront runs" not in status(place)


@pytest.mark.parametrize("undone", ["UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"])
def test_what_was_undone_is_no_emergency(place: Place, undone: str) -> None:
    place.up()
    place.cloud.stack("acme-cdn").status = undone
    assert status(place)["stack acme-cdn in eu-central-1"] == (undone, True)


def test_a_function_that_never_came_to_be_has_no_code(place: Place) -> None:
    place.cloud.leave("acme-edge", "ROLLBACK_COMPLETE", "us-east-1")
    assert "the function's code" not in status(place)
