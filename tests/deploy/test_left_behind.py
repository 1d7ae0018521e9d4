"""What an update cannot delete is told: CloudFormation says that all went well, and AWS bills it on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from s3pypi_deploy.left_behind import left_behind
from s3pypi_deploy.stacks import Event
from s3pypi_deploy.surroundings import Certificate
from tests.deploy.account import ACL, CERTIFICATE, FUNCTION, IN_USE
from tests.deploy.aws_cli import check
from tests.deploy.places import CERTIFICATE as OWN_ARN
from tests.deploy.places import HOME, ZONED

if TYPE_CHECKING:
    from tests.deploy.places import Place

OWN = ("pypi.acme.com", "--region", HOME, "--certificate-arn", OWN_ARN)
MOVED = ("pkg.acme.com", *ZONED[1:], "--name", "acme")


@pytest.mark.parametrize("after", [OWN, MOVED], ids=["a certificate of ones own", "another domain"])
def test_a_certificate_that_is_still_used_is_told_with_the_command(
    place: Place, after: tuple[str, ...]
) -> None:
    place.around.certificates[OWN_ARN] = Certificate(OWN_ARN, "ISSUED", ("*.acme.com",))
    place.up(*ZONED)
    assert "left in the account" not in place.err
    arn = place.cloud.stack("acme-edge").resources["Certificate"].physical_id
    place.up(*after)
    place.assert_stands()
    told = " ".join(place.err.split())
    assert f"left in the account: Certificate ({arn}): {IN_USE}; when nothing uses it: aws acm " in told
    (command,) = re.findall(r"aws acm delete-certificate --region us-east-1 --certificate-arn \S+", told)
    assert command.endswith(arn)
    check(command)


def an_event(kind: str, status: str, reason: str = "no.") -> Event:
    return Event("e1", "18:00:00", "Thing", kind, status, reason, "thing-1")


@pytest.mark.parametrize(
    ("events", "told"),
    [
        pytest.param(
            [an_event(ACL, "DELETE_FAILED")],
            ["Thing (thing-1): no; delete it when nothing uses it: no stack has it any more"],
            id="anything",
        ),
        pytest.param(
            [an_event(FUNCTION, "DELETE_FAILED")],
            ["Thing (thing-1): no; `up` deletes it at its end, or a later one does"],
            id="a function, which is swept",
        ),
        pytest.param(
            [an_event(CERTIFICATE, "DELETE_FAILED"), an_event(CERTIFICATE, "DELETE_COMPLETE")],
            [],
            id="deleted when it was tried again",
        ),
        pytest.param(
            [an_event(ACL, "DELETE_FAILED"), an_event(ACL, "DELETE_FAILED")],
            ["Thing (thing-1): no; delete it when nothing uses it: no stack has it any more"],
            id="tried twice",
        ),
        pytest.param([an_event(ACL, "UPDATE_COMPLETE")], [], id="there is nothing wrong"),
    ],
)
def test_each_thing_that_stays_is_one_line(events: list[Event], told: list[str]) -> None:
    assert [*left_behind(events, "acme-edge")] == [f"left in the account: {line}" for line in told]


def test_the_stack_itself_is_not_left() -> None:
    assert [*left_behind([an_event(ACL, "DELETE_FAILED")], "Thing")] == []
