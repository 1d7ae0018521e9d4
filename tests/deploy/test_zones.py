"""A zone that cannot do is refused before anything is made."""

from __future__ import annotations

import pytest

from s3pypi_core.errors import RepositoryError
from s3pypi_deploy.errors import StackFailed
from s3pypi_deploy.zones import Zone
from tests.deploy.account import Held
from tests.deploy.places import TRIAL, ZONE, ZONED, Place


@pytest.mark.parametrize(
    ("zones", "said", "hint"),
    [
        pytest.param([], "there is no hosted zone Z0123456789", "aws route53 list-hosted-zones", id="none"),
        pytest.param(
            [Zone(ZONE.id, "xacme.com")],
            "is for xacme.com, and not for pypi.acme.com",
            "lists them",
            id="other",
        ),
        pytest.param(
            [ZONE._replace(is_private=True)],
            "is private: ACM would wait for ever",
            "public zone",
            id="private",
        ),
    ],
)
def test_a_zone_that_will_not_do_is_refused(place: Place, zones: list[Zone], said: str, hint: str) -> None:
    place.around.zones = {zone.id: zone for zone in zones}
    for run in (place.plan, place.up):
        with pytest.raises(RepositoryError, match=said) as error:
            run(*ZONED)
        assert hint in error.value.hint
    assert place.states() == {}


@pytest.mark.parametrize("name", ["acme.com", "pypi.acme.com"])
def test_the_zone_may_be_the_domain_itself_or_any_above_it(place: Place, name: str) -> None:
    place.around.zones = {ZONE.id: Zone(ZONE.id, name)}
    assert place.up(*ZONED)


def test_a_domain_that_leads_elsewhere_is_refused(place: Place) -> None:
    place.around.dns["pypi.acme.com"] = ["A 192.0.2.1", "AAAA 2001:db8::1"]
    said = "pypi.acme.com has records already: A 192.0.2.1; AAAA 2001:db8::1"
    with pytest.raises(RepositoryError, match=said) as error:
        place.up(*ZONED)
    assert "change-resource-record-sets --hosted-zone-id Z0123456789" in error.value.hint
    assert place.states() == {}


def test_our_own_records_are_in_nobodys_way(place: Place) -> None:
    place.up(*ZONED)
    assert place.around.records(ZONE.id, "pypi.acme.com")
    assert place.up(*ZONED, "--price-class", "all")


@pytest.mark.parametrize("before", [TRIAL, ("pkg.acme.com", *ZONED[1:])], ids=["no domain", "another one"])
def test_a_repository_that_gets_the_domain_only_now_owns_no_records_of_it(
    place: Place, before: tuple[str, ...]
) -> None:
    place.up(*before)
    place.around.dns["pypi.acme.com"] = ["CNAME elsewhere.example."]
    with pytest.raises(RepositoryError, match="CNAME elsewhere"):
        place.up(*ZONED, "--name", "acme")


@pytest.mark.parametrize("status", ["DELETE_COMPLETE", "CREATE_FAILED"])
def test_a_record_that_could_not_be_made_is_not_our_own(place: Place, status: str) -> None:
    place.cloud.fails["acme-cdn", "AddressRecord"] = "but it already exists"
    with pytest.raises(StackFailed):
        place.up(*ZONED)
    kept = place.cloud.stack("acme-cdn")
    kept.parameters = {"DomainName": "pypi.acme.com", "HostedZoneId": ZONE.id}
    kept.resources["AddressRecord"] = Held("AWS::Route53::RecordSet", "", "", retained=False, status=status)
    place.around.dns["pypi.acme.com"] = ["A 192.0.2.1"]
    with pytest.raises(RepositoryError, match="A 192"):
        place.up(*ZONED)
