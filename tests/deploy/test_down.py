from __future__ import annotations

import pytest

from s3pypi_core.errors import RepositoryError, UsageError
from s3pypi_deploy.down import take_down
from s3pypi_deploy.errors import StackFailed
from s3pypi_deploy.surroundings import Certificate
from s3pypi_deploy.whereabouts import Whereabouts
from tests.deploy.places import CERTIFICATE, HOME, TRIAL, ZONED, Place
from tests.deploy.template import ACCOUNT

BUCKET = f"acme-pypi-{ACCOUNT}"
CODE = f"acme-edge-code-{ACCOUNT}"
ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:"
ATTACHED = "Cannot delete a policy attached to entities. (Service: Iam, Status Code: 409)"
WHERE = Whereabouts("acme", HOME, None, None, None)


def down(place: Place, *, yes: bool = True, with_packages: bool = False) -> bool:
    return take_down(WHERE, place.ends, yes=yes, with_packages=with_packages)


def test_what_serves_goes_and_the_packages_stay(place: Place) -> None:
    place.up()
    assert down(place)
    assert place.states() == {"acme-bucket": "UPDATE_COMPLETE"}
    assert set(place.cloud.buckets) == {BUCKET}
    assert f"kept: the bucket {BUCKET} with all packages" in place.err


def test_the_distribution_goes_before_the_function(place: Place) -> None:
    place.up()
    down(place)
    deleted = [name for method, name in place.cloud.calls if method == "delete"]
    assert deleted == ["acme-cdn", "acme-edge"]


def test_up_brings_back_what_down_took(place: Place) -> None:
    place.up()
    down(place)
    place.up()
    assert set(place.states()) == {"acme-bucket", "acme-edge", "acme-cdn"}


def test_copies_of_the_function_hold_it_up_and_a_later_run_finishes(place: Place) -> None:
    place.up()
    place.cloud.replicas = True
    assert not down(place)
    assert place.states() == {"acme-bucket": "UPDATE_COMPLETE", "acme-edge": "DELETE_FAILED"}
    assert "Run the same command again then: it finishes" in place.err
    assert CODE in place.cloud.buckets
    place.cloud.replicas = False
    assert down(place)
    assert place.states() == {"acme-bucket": "UPDATE_COMPLETE"}
    assert CODE not in place.cloud.buckets
    assert "acme-cdn: is not there" in place.err


def test_another_reason_why_the_function_stays_is_an_error(place: Place) -> None:
    place.up()
    place.cloud.fails["acme-edge", "delete Role"] = "Cannot delete entity, must detach all policies first."
    with pytest.raises(StackFailed, match="must detach all policies"):
        down(place)


def test_copies_do_not_hide_another_reason_why_the_stack_stays(place: Place) -> None:
    place.up(*ZONED)
    place.cloud.replicas = True
    place.cloud.fails["acme-edge", "delete Certificate"] = "the certificate is in use"
    with pytest.raises(StackFailed, match="the certificate is in use"):
        down(place)


def test_a_failure_without_events_is_an_error_too(place: Place) -> None:
    place.up()
    place.cloud.fails["acme-edge", "delete Role"] = "Cannot delete entity"
    place.cloud.silent = True
    with pytest.raises(StackFailed, match="acme-edge is now DELETE_FAILED"):
        down(place)


@pytest.mark.parametrize(
    ("silent", "said"),
    [
        pytest.param(
            False, "Distribution (AWS::CloudFront::Distribution): it is in use", id="with its reason"
        ),
        pytest.param(True, "acme-cdn is now DELETE_FAILED", id="too late for its reason"),
    ],
)
def test_a_distribution_that_stays_is_an_error(place: Place, said: str, *, silent: bool) -> None:
    place.up()
    place.cloud.fails["acme-cdn", "delete Distribution"] = "it is in use"
    place.cloud.silent = silent
    with pytest.raises(StackFailed) as error:
        down(place)
    assert said in error.value.message
    assert "acme-edge" in place.states()


def test_what_somebody_changes_is_waited_for(place: Place) -> None:
    place.up()
    stacks = place.cloud.stacks_in(HOME)
    place.cloud.begin(stacks._roll_back(place.cloud.stack("acme-cdn"), "UPDATE_ROLLBACK"))
    assert down(place)
    assert "acme-cdn is changed by somebody else" in place.err


def test_a_person_is_asked_and_may_say_no(place: Place) -> None:
    place.up()
    place.answers = ["no\n"]
    assert not down(place, yes=False)
    assert "acme-cdn" in place.states()
    place.answers = ["yes\n"]
    assert down(place, yes=False)
    assert "acme-cdn" not in place.states()


def distribution(place: Place) -> str:
    return place.cloud.stack("acme-cdn").outputs["DistributionDomainName"]


@pytest.mark.parametrize("given", [TRIAL, ZONED], ids=["no domain", "domain"])
@pytest.mark.parametrize("with_packages", [False, True], ids=["down", "with packages"])
def test_a_person_sees_what_goes_and_whose_account_it_is_before_answering(
    place: Place, given: tuple[str, ...], *, with_packages: bool
) -> None:
    def look() -> None:
        assert f"This is about acme ({address}) in the account {ACCOUNT}, by the profile dev." in place.err

    place.up(*given)
    address = "pypi.acme.com" if given == ZONED else distribution(place)
    place.answers, place.before_answer = [BUCKET if with_packages else "n"], look
    where = WHERE._replace(profile="dev")
    take_down(where, place.ends, yes=False, with_packages=with_packages)
    assert place.asked


def test_what_no_longer_serves_is_told_by_its_name_alone(place: Place) -> None:
    place.up()
    place.cloud.replicas = True
    down(place)
    before = place.err
    down(place)
    assert f"This is about acme in the account {ACCOUNT}." in place.err.removeprefix(before)


WITH_CERTIFICATE = (*ZONED[:3], "--certificate-arn", CERTIFICATE)


@pytest.mark.parametrize("with_packages", [False, True], ids=["down", "with packages"])
@pytest.mark.parametrize(
    ("given", "serves"),
    [
        pytest.param(ZONED, "pypi.acme.com", id="zone"),
        pytest.param(WITH_CERTIFICATE, "pypi.acme.com", id="certificate"),
        pytest.param(TRIAL, None, id="no domain"),
    ],
)
def test_a_repository_of_the_same_name_for_another_domain_stays(
    place: Place, given: tuple[str, ...], serves: str | None, *, with_packages: bool
) -> None:
    place.around.certificates[CERTIFICATE] = Certificate(CERTIFICATE, "ISSUED", ("pypi.acme.com",))
    place.up(*given)
    before, where = place.states(), WHERE._replace(domain="pypi.acme.dev")
    with pytest.raises(UsageError) as error:
        take_down(where, place.ends, yes=True, with_packages=with_packages)
    serves = serves or distribution(place)
    assert error.value.message == f"acme is the repository for {serves}, and not for pypi.acme.dev"
    assert error.value.hint == (
        "if you mean pypi.acme.dev, give its --name; if you mean acme, give --name acme and no domain"
    )
    assert (place.states(), place.asked) == (before, [])


def test_so_does_one_whose_distribution_is_gone_or_never_came_to_be(place: Place) -> None:
    where = WHERE._replace(domain="pypi.acme.dev")
    place.up(*ZONED)
    place.cloud.replicas = True
    assert not down(place)
    before = place.states()
    with pytest.raises(UsageError, match=r"acme is the repository for pypi\.acme\.com, and not for"):
        take_down(where, place.ends, yes=True, with_packages=False)
    assert place.states() == before
    place.cloud.leave("acme-cdn", "CREATE_FAILED").parameters = {"DomainName": ""}
    with pytest.raises(UsageError, match="acme is the repository for no domain, and not for"):
        take_down(where, place.ends, yes=True, with_packages=False)


@pytest.mark.parametrize("with_cdn", [True, False], ids=["all of it", "a rest of it"])
@pytest.mark.parametrize("given", [ZONED, WITH_CERTIFICATE], ids=["zone", "certificate"])
def test_what_serves_the_domain_goes(place: Place, given: tuple[str, ...], *, with_cdn: bool) -> None:
    place.around.certificates[CERTIFICATE] = Certificate(CERTIFICATE, "ISSUED", ("pypi.acme.com",))
    place.up(*given)
    if not with_cdn:
        place.cloud.stack("acme-cdn").status = "DELETE_COMPLETE"
    assert take_down(WHERE._replace(domain="pypi.acme.com"), place.ends, yes=True, with_packages=False)
    is_known = with_cdn or given is ZONED
    shown = "pypi.acme.com" if is_known else "no stack here says which domain this was for"
    assert f"This is about acme ({shown}) in the account" in place.err
    assert set(place.states()) == {"acme-bucket"}


@pytest.mark.parametrize("given", [TRIAL, ZONED], ids=["no domain", "domain"])
def test_cloudfronts_own_name_means_its_distribution(place: Place, given: tuple[str, ...]) -> None:
    place.up(*given)
    assert take_down(WHERE._replace(domain=distribution(place)), place.ends, yes=True, with_packages=False)


def test_where_nobody_can_be_asked_nothing_is_changed(place: Place) -> None:
    place.up()
    place.answers = [None]
    with pytest.raises(UsageError, match="nobody can be asked here"):
        down(place, yes=False)
    assert "acme-cdn" in place.states()


def test_packages_go_when_the_name_of_their_bucket_is_typed(place: Place) -> None:
    place.up()
    place.around.objects[BUCKET] = 12
    place.answers = [f"{BUCKET}\n"]
    assert down(place, with_packages=True)
    assert place.states() == {}
    assert not place.cloud.buckets
    assert f"{BUCKET}: 10000 versions of objects deleted so far" in place.err


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param("yes\n", f"that is not {BUCKET}", id="another word"),
        pytest.param(None, "packages are deleted only for somebody who types", id="nobody there"),
    ],
)
def test_packages_stay_without_the_name_even_with_yes(place: Place, answer: str | None, said: str) -> None:
    place.up()
    place.answers = [answer]
    with pytest.raises(UsageError, match=said):
        down(place, with_packages=True)
    assert set(place.states()) == {"acme-bucket", "acme-edge", "acme-cdn"}


@pytest.mark.parametrize("answer", ["n\n", "\n"], ids=["no", "nothing"])
def test_what_others_keep_in_the_bucket_is_asked_for_once_more(place: Place, answer: str) -> None:
    place.up()
    place.around.others[BUCKET] = ["backup/1.tar", "backup/2.tar"]
    place.answers = [BUCKET, answer]
    assert not down(place, with_packages=True)
    assert "2 objects outside packages/ and config/, such as backup/1.tar" in place.err
    assert place.asked[-1].startswith("Delete these 2 objects")
    assert set(place.states()) == {"acme-bucket", "acme-edge", "acme-cdn"}
    place.answers = [BUCKET, "y\n"]
    assert down(place, with_packages=True)
    assert not place.cloud.buckets


def test_who_leaves_before_the_second_question_is_not_told_of_yes_which_does_not_agree(place: Place) -> None:
    place.up()
    place.around.others[BUCKET] = ["backup/1.tar"]
    place.answers = [BUCKET, None]
    with pytest.raises(UsageError, match="nobody can be asked here") as error:
        down(place, with_packages=True)
    assert error.value.hint == "use a terminal"


def test_where_nothing_of_others_is_in_the_bucket_one_answer_is_enough(place: Place) -> None:
    place.up()
    place.answers = [BUCKET]
    assert down(place, with_packages=True)
    assert "nothing is outside packages/ and config/" in place.err


def test_packages_stay_while_somebody_has_a_policy_of_theirs(place: Place) -> None:
    place.up()
    place.around.objects[BUCKET] = 1
    place.cloud.fails["acme-bucket", "delete PublishPolicy"] = ATTACHED
    place.answers = [BUCKET]
    with pytest.raises(StackFailed, match="attached to entities") as error:
        down(place, with_packages=True)
    assert "aws iam list-entities-for-policy" in error.value.hint
    assert place.around.objects == {BUCKET: 1}
    place.cloud.fails.clear()
    place.answers = [BUCKET]
    assert down(place, with_packages=True)
    assert not place.cloud.buckets


def test_a_bucket_that_an_interrupted_run_left_without_its_stack_goes_too(place: Place) -> None:
    place.up()
    down(place)
    place.cloud.stack("acme-bucket").status = "DELETE_COMPLETE"
    with pytest.raises(RepositoryError, match="there is no deployment acme"):
        down(place)
    place.answers = [BUCKET]
    assert down(place, with_packages=True)
    assert not place.cloud.buckets
    with pytest.raises(RepositoryError, match="there is no deployment acme"):
        down(place, with_packages=True)


def test_deleting_packages_goes_on_where_it_stopped(place: Place) -> None:
    place.up()
    del place.cloud.buckets[BUCKET]
    place.answers = [BUCKET]
    assert down(place, with_packages=True)


def test_packages_that_went_before_the_function_are_not_asked_for_again(place: Place) -> None:
    place.up()
    place.cloud.replicas = True
    place.answers = [BUCKET]
    assert not down(place, with_packages=True)
    assert place.states() == {"acme-edge": "DELETE_FAILED"}
    assert BUCKET not in place.cloud.buckets
    place.cloud.replicas = False
    place.answers = ["y"]
    before = place.err
    assert down(place, yes=False, with_packages=True)
    assert (place.states(), place.cloud.buckets, place.cloud.versions) == ({}, {}, {})
    assert BUCKET not in place.err.removeprefix(before)
    with pytest.raises(RepositoryError, match="there is no deployment acme"):
        down(place)


def test_a_plain_run_finishes_what_deleting_packages_began(place: Place) -> None:
    place.up()
    place.cloud.replicas = True
    place.answers = [BUCKET]
    down(place, with_packages=True)
    place.cloud.replicas = False
    assert down(place)
    assert place.states() == {}


def test_a_function_that_an_earlier_stack_left_goes_too(place: Place) -> None:
    place.cloud.replicas = True
    place.cloud.versions = {f"{ARN}acme-edge-{name}": ["1"] for name in ("Edge-1aB", "OriginResponse-2")}
    assert not down(place)
    assert "functions that earlier stacks left (acme-edge-Edge-1aB, acme-edge-OriginResponse-2)" in place.err
    assert "it finishes" in place.err
    place.cloud.replicas = False
    assert down(place)
    assert place.cloud.versions == {}


def test_functions_of_others_stay(place: Place) -> None:
    others = [
        "acme-edge-edge-Edge-1",
        "acme-edge-Edge",
        "acme-edge-Job-1",
        "x-acme-edge-Edge-1",
        "acme-edge-Edge-1-2",
    ]
    place.cloud.versions = {ARN + name: ["1"] for name in others}
    with pytest.raises(RepositoryError, match="there is no deployment acme"):
        down(place)
    place.up()
    assert down(place)
    assert list(place.cloud.versions) == [ARN + name for name in others]


def test_a_function_whose_code_is_gone_goes_too(place: Place) -> None:
    place.up()
    del place.cloud.buckets[CODE]
    assert down(place)


def test_code_of_many_versions_goes(place: Place) -> None:
    place.up()
    place.around.objects[CODE] = 2
    assert down(place)
    assert CODE not in place.cloud.buckets


def test_a_deployment_that_is_not_there_is_an_error(place: Place) -> None:
    with pytest.raises(RepositoryError, match="there is no deployment acme"):
        down(place)


def test_another_region_than_the_buckets_is_refused_before_anything_goes(place: Place) -> None:
    place.up()
    where = WHERE._replace(region="eu-west-1", bucket=BUCKET)
    with pytest.raises(RepositoryError, match="is in eu-central-1, and not in eu-west-1") as error:
        take_down(where, place.ends, yes=True, with_packages=False)
    assert error.value.hint == "give --region eu-central-1"
    assert set(place.states()) == {"acme-bucket", "acme-edge", "acme-cdn"}


@pytest.mark.parametrize("gone", [("acme-bucket",), ("acme-bucket", "acme-cdn")])
def test_what_is_left_goes_without_the_stack_of_the_bucket(place: Place, gone: tuple[str, ...]) -> None:
    place.up()
    for name in gone:
        place.cloud.stack(name).status = "DELETE_COMPLETE"
    assert take_down(WHERE._replace(bucket=BUCKET), place.ends, yes=True, with_packages=False)
    assert place.states() == {}
