"""What is said when CloudFormation can no longer be asked while it is at work, and what is waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_core.aws.aws_clients import AwsError, AwsRefusal, AwsUnreachable
from s3pypi_deploy.errors import GOES_ON, LostSight
from s3pypi_deploy.up import Wishes, stand_up
from s3pypi_deploy.watch import PATIENCE
from tests.deploy.places import TRIAL, settings

if TYPE_CHECKING:
    from tests.deploy.places import Place

UNREACHABLE = AwsUnreachable("cannot reach https://cloudformation.eu-central-1.amazonaws.com", "the network")
BEGINS = 3  # times that something was waited for


def up(place: Place, refusal: AwsError, *, lasts: int) -> None:
    """Run ``up``, with a refusal in the middle, and ``lasts`` rounds of waiting long."""
    rounds = iter(range(1, 10_000))

    def sleep(seconds: float) -> None:
        place.cloud.refusal = refusal if BEGINS <= next(rounds) < BEGINS + lasts else None
        place.cloud.sleep(seconds)

    stand_up(settings(*TRIAL), place.ends._replace(sleep=sleep), Wishes(yes=True))


@pytest.mark.parametrize(
    ("refusal", "hint"),
    [
        pytest.param(
            AwsRefusal("DescribeStacks", "ExpiredToken", "no"),
            "aws sso login, with the same --profile; or fetch new credentials; then " + GOES_ON,
            id="expired",
        ),
        pytest.param(UNREACHABLE, "the network; then " + GOES_ON, id="no network"),
        pytest.param(AwsRefusal("DescribeStacks", "Odd", "no"), GOES_ON, id="without advice"),
    ],
)
def test_a_wait_that_ends_early_says_what_goes_on_and_how_to_go_on(
    place: Place, refusal: AwsError, hint: str
) -> None:
    with pytest.raises(LostSight) as error:
        up(place, refusal, lasts=1_000)
    assert error.value.message == f"{refusal.message}\nCloudFormation goes on with acme-bucket by itself"
    assert error.value.hint == hint
    place.cloud.refusal = None
    assert place.up()


def test_a_network_that_comes_back_is_waited_for_and_told_once(place: Place) -> None:
    up(place, UNREACHABLE, lasts=PATIENCE - 1)
    assert set(place.states()) == {"acme-bucket", "acme-edge", "acme-cdn"}
    assert place.err.count(f"{UNREACHABLE.message}: asking again") == 1
