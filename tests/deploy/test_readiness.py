"""What is refused before anything is made: names that are taken, unfit buckets and certificates."""

from __future__ import annotations

import pytest

from s3pypi_core.errors import RepositoryError, UsageError
from s3pypi_deploy.errors import StackFailed
from s3pypi_deploy.surroundings import Certificate, Protection
from tests.deploy.places import CERTIFICATE, HOME, PROTECTED, TRIAL, ZONED, Place
from tests.deploy.template import ACCOUNT

BUCKET = f"acme-pypi-{ACCOUNT}"
OWN = ("pypi.acme.com", "--region", HOME, "--certificate-arn", CERTIFICATE)


def test_a_bucket_that_is_somebody_elses_is_refused_before_anything_is_made(place: Place) -> None:
    place.around.foreign.add("acme-wheels")
    with pytest.raises(RepositoryError, match="acme-wheels belongs to another account") as error:
        place.up(*TRIAL, "--bucket", "acme-wheels")
    assert "--bucket" in error.value.hint
    assert place.states() == {}


def test_a_bucket_name_that_somebody_takes_meanwhile_is_told(place: Place) -> None:
    place.answers = ["y"]
    place.before_answer = lambda: place.cloud.buckets.update({BUCKET: "ap-south-1"})
    with pytest.raises(StackFailed, match="already exists") as error:
        place.up(yes=False)
    assert "choose another with --bucket" in error.value.hint


def test_a_bucket_of_an_earlier_deployment_is_adopted(place: Place) -> None:
    place.cloud.buckets[BUCKET] = HOME
    place.around.protected[BUCKET] = PROTECTED
    place.plan()
    assert f"adopt\tacme-bucket\t{HOME}\tBucket\tAWS::S3::Bucket" in place.out
    place.up()
    place.assert_stands()


def test_a_bucket_that_a_failed_creation_left_is_adopted(place: Place) -> None:
    place.cloud.fails["acme-bucket", "PublishPolicy"] = "no"
    with pytest.raises(StackFailed):
        place.up()
    assert place.cloud.buckets == {BUCKET: HOME}
    place.cloud.fails.clear()
    place.up()
    place.assert_stands()


def test_a_bucket_is_adopted_while_the_distribution_still_stands_before_it(place: Place) -> None:
    place.up()
    place.cloud.stack("acme-cdn").resources["BucketPolicy"].physical_id = "acme-cdn-BucketPolicy-1A2B"
    place.cloud.stack("acme-bucket").status = "DELETE_COMPLETE"  # which retains the bucket
    assert place.around.protection(BUCKET, HOME, ACCOUNT).has_policy
    place.up()
    place.assert_stands()


@pytest.mark.parametrize(
    ("found", "said", "command"),
    [
        pytest.param(
            PROTECTED._replace(is_versioned=False),
            "it keeps no old versions",
            "aws s3api put-bucket-versioning --bucket acme-wheels --versioning-configuration Status=Enabled",
            id="versioning",
        ),
        pytest.param(
            PROTECTED._replace(is_private=False),
            "it does not block all public access",
            "aws s3api put-public-access-block --bucket acme-wheels --public-access-block-configuration "
            "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
            id="public access",
        ),
        pytest.param(
            PROTECTED._replace(is_owned=False),
            "it takes ACLs",
            "aws s3api put-bucket-ownership-controls --bucket acme-wheels --ownership-controls "
            "'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'",
            id="ownership",
        ),
        pytest.param(
            PROTECTED._replace(encryption="aws:kms"),
            "it encrypts with aws:kms",
            "aws s3api put-bucket-encryption --bucket acme-wheels --server-side-encryption-configuration "
            "'Rules=[{ApplyServerSideEncryptionByDefault={SSEAlgorithm=AES256}}]'",
            id="encryption",
        ),
        pytest.param(
            PROTECTED._replace(has_policy=True),
            "it has a policy",
            "aws s3api delete-bucket-policy --bucket acme-wheels",
            id="policy",
        ),
        pytest.param(
            PROTECTED._replace(expires=("tidy", "old")),
            r"its lifecycle deletes objects by itself \(tidy, old\)",
            "aws s3api delete-bucket-lifecycle --bucket acme-wheels",
            id="lifecycle",
        ),
        pytest.param(
            PROTECTED._replace(keeps=(("tidy", 1), ("slow", 90), ("old", 89))),
            r"its lifecycle deletes old versions before --retention-days 90 are over \(tidy: 1, old: 89\)",
            "aws s3api delete-bucket-lifecycle --bucket acme-wheels",
            id="old versions",
        ),
    ],
)
def test_a_bucket_that_is_less_protected_is_refused_with_the_command(
    place: Place, found: Protection, said: str, command: str
) -> None:
    place.cloud.buckets["acme-wheels"] = HOME
    place.around.protected["acme-wheels"] = found
    for run in (place.plan, place.up):
        with pytest.raises(
            RepositoryError, match=f"cannot be taken in as it is: {said}.*; nothing was"
        ) as error:
            run(*TRIAL, "--bucket", "acme-wheels")
        assert error.value.hint.splitlines()[1:] == [command]
    assert place.states() == {}


def test_everything_that_is_wrong_with_a_bucket_is_told_at_once(place: Place) -> None:
    place.cloud.buckets["acme-wheels"] = HOME
    place.around.protected["acme-wheels"] = Protection(
        is_versioned=False,
        is_private=False,
        is_owned=False,
        encryption="aws:kms",
        has_policy=True,
        expires=("x",),
        keeps=(("y", 1),),
    )
    with pytest.raises(RepositoryError) as error:
        place.up(*TRIAL, "--bucket", "acme-wheels")
    faults = len(Protection._fields) - 1  # other rules are none
    assert error.value.message.count("; ") == faults
    commands = error.value.hint.splitlines()[1:]  # one removes both rules
    assert len(commands) == len(set(commands)) == faults - 1


def test_a_bucket_as_somebody_makes_it_is_not_versioned_and_refused(place: Place) -> None:
    place.cloud.buckets[BUCKET] = HOME
    with pytest.raises(RepositoryError, match="it keeps no old versions, so that"):
        place.up()


def test_the_policy_that_the_third_stack_brings_is_not_taken_for_ours_when_it_is_not(place: Place) -> None:
    place.cloud.buckets["acme-wheels"] = HOME
    place.around.protected["acme-wheels"] = PROTECTED._replace(has_policy=True)
    place.cloud.leave("acme-cdn", "ROLLBACK_COMPLETE")
    with pytest.raises(RepositoryError, match="it has a policy"):
        place.up(*TRIAL, "--bucket", "acme-wheels")


def test_a_repository_in_another_region_is_not_taken_over(place: Place) -> None:
    place.up()
    stood = place.cloud.stack("acme-edge").parameters
    elsewhere = ("--no-domain", "--region", "eu-west-1", "--name", "acme", "--bucket", "acme-wheels")
    for run in (place.plan, place.up):
        with pytest.raises(UsageError, match=f"lets people into the bucket {BUCKET}, and not into") as error:
            run(*elsewhere)
        assert "give another --name" in error.value.hint
        assert f"--bucket {BUCKET}" in error.value.hint
    assert place.cloud.stack("acme-edge").parameters == stood


def test_a_bucket_in_another_region_is_refused_with_the_region(place: Place) -> None:
    place.cloud.buckets[BUCKET] = "eu-west-1"
    with pytest.raises(RepositoryError, match="is in eu-west-1, and not in eu-central-1") as error:
        place.up()
    assert "--region eu-west-1" in error.value.hint


def test_another_bucket_for_the_same_deployment_is_refused(place: Place) -> None:
    place.up()
    with pytest.raises(RepositoryError, match=f"acme-bucket holds the bucket {BUCKET}"):
        place.up(*TRIAL, "--bucket", "other-wheels")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        pytest.param(
            ZONED,
            ("pkg.acme.com", *ZONED[1:]),
            "for pypi.acme.com, and not for pkg.acme.com",
            id="another domain",
        ),
        pytest.param(TRIAL, ZONED, "for CloudFront's own name, and not for pypi.acme.com", id="no domain"),
    ],
)
def test_a_repository_of_the_same_name_is_not_taken_over(
    place: Place, before: tuple[str, ...], after: tuple[str, ...], said: str
) -> None:
    place.up(*before)
    stood = place.cloud.stack("acme-cdn").parameters
    for run in (place.plan, place.up):
        with pytest.raises(UsageError, match=said) as error:
            run(*after)
        assert "give --name for a repository beside it" in error.value.hint
    assert place.cloud.stack("acme-cdn").parameters == stood
    place.up(*after, "--name", "acme")
    assert place.cloud.stack("acme-cdn").parameters["DomainName"] == after[0]


def test_a_domain_that_was_never_served_is_in_nobodys_way(place: Place) -> None:
    place.cloud.leave("acme-cdn", "ROLLBACK_COMPLETE").parameters["DomainName"] = "pipi.acme.com"
    place.up(*ZONED)
    place.assert_stands()


@pytest.mark.parametrize(
    ("certificate", "sentence"),
    [
        pytest.param(None, "there is no certificate", id="not there"),
        pytest.param(
            Certificate(CERTIFICATE, "PENDING_VALIDATION", ("pypi.acme.com",)),
            "the certificate is PENDING_VALIDATION, and not yet issued",
            id="not issued",
        ),
        pytest.param(
            Certificate(CERTIFICATE, "FAILED", ("pypi.acme.com",), "CAA_ERROR"),
            r"the certificate is FAILED \(CAA_ERROR\)",
            id="failed",
        ),
        pytest.param(
            Certificate(CERTIFICATE, "ISSUED", ("*.eu.acme.com", "acme.com")),
            "is for .*, and not for pypi.acme.com",
            id="another name",
        ),
    ],
)
def test_a_certificate_that_will_not_do_is_refused_before_anything_is_made(
    place: Place, certificate: Certificate | None, sentence: str
) -> None:
    if certificate:
        place.around.certificates[CERTIFICATE] = certificate
    with pytest.raises(RepositoryError, match=sentence):
        place.up(*OWN)
    assert place.states() == {}
