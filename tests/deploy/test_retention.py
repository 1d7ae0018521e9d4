"""A deleted release can be brought back for as long as it was ever promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_deploy.adoption import NotAdoptable
from s3pypi_deploy.surroundings import OUR_RULE
from s3pypi_deploy.templates import bucket_template
from tests.cloudformation.stacks import parse
from tests.deploy.places import HOME, PROTECTED, TRIAL

if TYPE_CHECKING:
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


def test_what_a_failed_first_run_was_told_is_kept_where_it_made_no_bucket(place: Place) -> None:
    place.cloud.leave("acme-bucket", "ROLLBACK_COMPLETE").parameters["RetentionDays"] = "365"
    place.up()
    assert place.cloud.stack("acme-bucket").parameters["RetentionDays"] == "365"


def test_the_rule_that_is_known_for_ours_is_the_first_stacks() -> None:
    rules = parse(bucket_template("acme-wheels"))["Resources"]["Bucket"]["Properties"]
    (ours,) = (r for r in rules["LifecycleConfiguration"]["Rules"] if "NoncurrentVersionExpiration" in r)
    assert ours["Id"] == OUR_RULE
