"""The domain's zone in Route 53, looked at before anything is made: late failures there name no way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.errors import RepositoryError

if TYPE_CHECKING:
    from s3pypi_deploy.blueprint import Blueprint
    from s3pypi_deploy.ends import Ends

_LIST = "aws route53 list-hosted-zones lists them"
_RECORD = "AWS::Route53::RecordSet"


class Zone(NamedTuple):
    """A hosted zone; its name without the dot at the end. A private one is seen in some networks only."""

    id: str
    name: str
    is_private: bool = False

    def holds(self, domain: str) -> bool:
        """Whether the domain lies in it.

        >>> Zone("Z1", "acme.com").holds("pypi.acme.com"), Zone("Z1", "acme.com").holds("pypi-acme.com")
        (True, False)
        """
        return domain == self.name or domain.endswith(f".{self.name}")


def check_zone(blueprint: Blueprint, ends: Ends) -> None:
    """Raise RepositoryError unless certificate and records of the domain can be made in the zone given."""
    settings = blueprint.settings
    if not settings.domain or not settings.hosted_zone_id:
        return
    _check_zone(settings.hosted_zone_id, settings.domain, ends)
    if _has_records(blueprint, ends):
        return
    records = ends.around.records(settings.hosted_zone_id, settings.domain)
    if records:
        hint = (
            "remove them, and `up` makes its own (aws route53 change-resource-record-sets --hosted-zone-id "
            f"{settings.hosted_zone_id} ...), or choose another domain"
        )
        raise RepositoryError(f"{settings.domain} has records already: {'; '.join(records)}", hint)


def _check_zone(zone_id: str, domain: str, ends: Ends) -> None:
    zone = ends.around.zone(zone_id)
    if zone is None:
        raise RepositoryError(f"there is no hosted zone {zone_id} in this account", _LIST)
    if not zone.holds(domain):
        raise RepositoryError(f"the hosted zone {zone_id} is for {zone.name}, and not for {domain}", _LIST)
    if zone.is_private:
        hint = f"give the id of the public zone: {_LIST}; or a --certificate-arn"
        raise RepositoryError(
            f"the hosted zone {zone_id} is private: ACM would wait for ever for what only its networks see",
            hint,
        )


def _has_records(blueprint: Blueprint, ends: Ends) -> bool:
    """Whether records of this domain are our own, made by an earlier run."""
    settings = blueprint.settings
    stacks = ends.stacks_in(settings.region)
    stack = stacks.find(blueprint.names.cdn)
    wanted = {"DomainName": settings.domain, "HostedZoneId": settings.hosted_zone_id}
    if stack is None or any(stack.parameters.get(name) != value for name, value in wanted.items()):
        return False
    return any(one.type == _RECORD and one.is_there for one in stacks.resources(stack.id))
