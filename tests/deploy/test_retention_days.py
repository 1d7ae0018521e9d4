"""A deleted release can be brought back for as long as it was ever promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_deploy.adoption import NotAdoptable
from s3pypi_deploy.surroundings import OUR_RULE, OUR_RULES
from s3pypi_deploy.templates import bucket_template
from tests.cloudformation.stacks import parse
from tests.deploy.places import HOME, PROTECTED, TRIAL

if TYPE_CHECKING:
    from s3pypi_deploy.surroundings import Protection
    from tests.deploy.places import Place


def test_a_bucket_that_a_stack_left_behind_keeps_its_days(place: Place) -> None:
    place.cloud.buckets["acme-wheels"] = HOME
    place.around.protected["acme-wheels"] = PROTECTED._replace(keeps=((OUR_RULE, 365),))
    left = place.cloud.leave("acme-bucket", "ROLLBACK_COMPLETE")
    left.parameters["RetentionDays"] = "90"  # of a run that did not ask the bucket
    options = (*TRIAL, "--bucket", "acme-wheels")
    place.up(*options)
    assert place.cloud.stack("acme-bucket").parameters["RetentionDays"] == "365"
    place.around.protected["acme-wheels"] = PROTECTED._replace(keeps=((OUR_RULE, 7),))
    place.up(*options)  # the stack that stands is asked
    assert place.cloud.stack("acme-bucket").parameters["RetentionDays"] == "365"


def test_a_bucket_that_a_stack_left_behind_does_not_keep_for_longer_than_its_rule(place: Place) -> None:
    place.cloud.buckets["acme-wheels"] = HOME
    place.around.protected["acme-wheels"] = PROTECTED._replace(keeps=((OUR_RULE, 30),))
    options = (*TRIAL, "--bucket", "acme-wheels")
    with pytest.raises(NotAdoptable, match=r"before --retention-days 60 are over \(deleted-releases: 30\)"):
        place.up(*options, "--retention-days", "60")
    place.up(*options)
    assert place.cloud.stack("acme-bucket").parameters["RetentionDays"] == "30"
    place.up(*options, "--retention-days", "60")  # now the stack changes the rule
    assert place.cloud.stack("acme-bucket").parameters["RetentionDays"] == "60"


WHEELS = (*TRIAL, "--bucket", "acme-wheels")
SLOW = PROTECTED._replace(keeps=(("slow", 90), ("old", 365)))


def days(place: Place) -> tuple[str, int | None]:
    """What the stack says, and what the lifecycle of the bucket says that it wrote."""
    said = place.cloud.stack("acme-bucket").parameters["RetentionDays"]
    return said, place.cloud.lifecycles.get("acme-wheels")


@pytest.mark.parametrize(
    ("found", "kept", "shown"),
    [
        pytest.param(SLOW, "90", "90 days", id="a rule"),
        pytest.param(PROTECTED, "36500", "good", id="no rule"),
    ],
)
def test_days_that_a_bucket_is_not_given_when_it_is_taken_in_are_given_by_the_next_up(
    place: Place, found: Protection, kept: str, shown: str
) -> None:
    place.cloud.buckets["acme-wheels"] = HOME
    place.around.protected["acme-wheels"] = found
    later = (
        f"acme-wheels keeps what is deleted for {shown}, and is taken in as it is: --retention-days 30 takes "
        "effect with the next `up`"
    )
    place.plan(*WHEELS, "--retention-days", "30")
    assert later in place.err
    place.up(*WHEELS, "--retention-days", "30")
    assert place.err.count(later) == 2
    assert days(place) == (kept, None)
    place.up(*WHEELS)  # without the option nothing is changed
    assert days(place) == (kept, None)
    before = len(place.out)
    place.plan(*WHEELS, "--retention-days", "30")
    assert f"change\tacme-bucket\t{HOME}\tBucket\tAWS::S3::Bucket" in place.out[before:]
    place.up(*WHEELS, "--retention-days", "30")
    assert days(place) == ("30", 30)
    before = len(place.out)
    place.plan(*WHEELS, "--retention-days", "30")
    assert "nothing to change" in place.out[before:]


def test_a_bucket_that_keeps_for_good_says_so_when_it_is_taken_in(place: Place) -> None:
    place.cloud.buckets["acme-wheels"] = HOME
    place.around.protected["acme-wheels"] = PROTECTED
    place.up(*WHEELS)
    assert "keeps what is deleted for good, until a later `up` is given --retention-days" in place.err
    assert days(place) == ("36500", None)
    place.up(*WHEELS, "--retention-days", "90")  # what another bucket is given, too, is a change here
    assert days(place) == ("90", 90)


def test_a_bucket_that_has_the_days_already_is_taken_in_without_a_word(place: Place) -> None:
    place.cloud.buckets["acme-wheels"] = HOME
    place.around.protected["acme-wheels"] = PROTECTED._replace(keeps=(("slow", 90),))
    place.up(*WHEELS, "--retention-days", "90")
    assert "keeps what is deleted" not in place.err
    assert "lifecycle" not in place.err


def test_where_no_days_are_asked_for_those_of_the_bucket_are_told(place: Place) -> None:
    place.cloud.buckets["acme-wheels"] = HOME
    place.around.protected["acme-wheels"] = PROTECTED._replace(keeps=(("slow", 120),))
    place.up(*WHEELS)
    assert "acme-wheels keeps what is deleted for 120 days, and is taken in as it is" in place.err
    assert days(place)[0] == "120"


def test_the_rules_of_others_are_named_before_they_are_lost(place: Place) -> None:
    place.cloud.buckets["acme-wheels"] = HOME
    place.around.protected["acme-wheels"] = SLOW._replace(others=("slow", "logs"))
    lost = (
        "writes the lifecycle of acme-wheels anew, without its other rules (slow, logs); what they are shows"
    )
    place.plan(*WHEELS)
    assert f"a later change of --retention-days {lost}" in place.err
    place.up(*WHEELS)
    assert place.err.count(lost) == 2
    place.up(*WHEELS, "--price-class", "200")
    assert place.err.count(lost) == 2  # nothing is lost by this
    place.plan(*WHEELS, "--retention-days", "30")
    assert f"this change of --retention-days {lost}" in place.err
    place.up(*WHEELS, "--retention-days", "30")
    assert place.err.count(lost) == 4
    place.up(*WHEELS, "--retention-days", "60")  # they are gone
    assert place.err.count(lost) == 4


def test_what_a_failed_first_run_was_told_is_kept_where_it_made_no_bucket(place: Place) -> None:
    place.cloud.leave("acme-bucket", "ROLLBACK_COMPLETE").parameters["RetentionDays"] = "365"
    place.up()
    assert place.cloud.stack("acme-bucket").parameters["RetentionDays"] == "365"


def test_the_rules_that_are_known_for_ours_are_the_first_stacks() -> None:
    rules = parse(bucket_template("acme-wheels"))["Resources"]["Bucket"]["Properties"]
    (ours,) = (r for r in rules["LifecycleConfiguration"]["Rules"] if "NoncurrentVersionExpiration" in r)
    assert ours["Id"] == OUR_RULE
    assert tuple(rule["Id"] for rule in rules["LifecycleConfiguration"]["Rules"]) == OUR_RULES
