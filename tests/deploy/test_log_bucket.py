"""A bucket that CloudFront would refuse its logs to is refused before anything is made."""

from __future__ import annotations

import pytest

from s3pypi_core.aws.aws_clients import AwsRefusal
from s3pypi_core.errors import RepositoryError
from tests.deploy.places import TRIAL, Place
from tests.deploy.template import ACCOUNT


@pytest.mark.parametrize(
    ("name", "acls", "said", "hint"),
    [
        pytest.param(
            "acme-logs",
            {},
            "there is no bucket acme-logs",
            "create-bucket --region us-east-1 --bucket acme-logs",
            id="none",
        ),
        pytest.param(
            "acme-logs",
            {"acme-logs": False},
            "the bucket acme-logs has ACLs off",
            "put-bucket-ownership-controls --bucket acme-logs",
            id="no ACLs",
        ),
        pytest.param(
            f"acme-pypi-{ACCOUNT}",
            {f"acme-pypi-{ACCOUNT}": True},
            "beside the packages",
            "another",
            id="packages",
        ),
        pytest.param("other-logs", {}, "other-logs for the access logs belongs to", "another", id="foreign"),
    ],
)
def test_a_log_bucket_that_will_not_do_is_refused(
    place: Place, name: str, acls: dict[str, bool], said: str, hint: str
) -> None:
    place.around.acls = acls
    place.around.foreign.add("other-logs")
    for run in (place.plan, place.up):
        with pytest.raises(RepositoryError, match=said) as error:
            run(*TRIAL, "--log-bucket", name)
        assert hint in error.value.hint
    assert place.states() == {}


def test_one_that_takes_acls_will_do(place: Place) -> None:
    place.around.acls["acme-logs"] = True
    place.up(*TRIAL, "--log-bucket", "acme-logs")
    assert place.cloud.stack("acme-cdn").parameters["LogBucket"] == "acme-logs"


def test_another_refusal_is_told_as_it_is(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_bucket: str, _account: str) -> None:
        raise AwsRefusal("GetBucketOwnershipControls", "ExpiredToken", "no")

    monkeypatch.setattr(place.around, "takes_acls", refuse)
    with pytest.raises(AwsRefusal, match="has expired"):
        place.up(*TRIAL, "--log-bucket", "acme-logs")
