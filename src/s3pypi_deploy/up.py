"""``plan`` and ``up``: from a domain name to a working repository."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3pypi_core.errors import UsageError
from s3pypi_deploy.blueprint import Blueprint
from s3pypi_deploy.building import Built, build
from s3pypi_deploy.first_access import open_repository
from s3pypi_deploy.next_steps import Standing, as_json, show_next_steps, write_section
from s3pypi_deploy.plan import make_plan
from s3pypi_deploy.plan_table import show_plan
from s3pypi_deploy.readiness import check_readiness
from s3pypi_deploy.retention_days import take_in, warn_of_lost_rules, with_retention
from s3pypi_deploy.settings import EDGE_REGION
from s3pypi_deploy.settle import is_beginning
from s3pypi_deploy.stacks import outputs_of
from s3pypi_deploy.storing import store_code
from s3pypi_deploy.sweeping import sweep

if TYPE_CHECKING:
    from s3pypi_deploy.ends import Ends
    from s3pypi_deploy.plan import Plan
    from s3pypi_deploy.settings import Settings
    from s3pypi_deploy.stacks import Request


@dataclass(frozen=True)
class Wishes:
    """How ``up`` behaves. ``profile`` is what the section of config.toml will name."""

    yes: bool = False
    json: bool = False
    profile: str | None = None


def show_changes(settings: Settings, ends: Ends, wishes: Wishes) -> None:
    """Show what ``up`` would do. Nothing is changed."""
    blueprint, adopt = _survey(settings, ends)
    _show(make_plan(blueprint, ends.stacks_in, adopt=adopt), ends, as_lines=wishes.json)


def stand_up(settings: Settings, ends: Ends, wishes: Wishes) -> bool:
    """Show the plan, ask, and do it; return False where the answer was no. Safe to run again at any time.

    Raises UsageError where nobody can be asked, and RepositoryError.
    """
    blueprint, adopt = _survey(settings, ends)
    plan = make_plan(blueprint, ends.stacks_in, adopt=adopt)
    try:
        agreed = _is_agreed(plan, ends, wishes)
    except UsageError:
        _say_unchanged(plan, ends, wishes)
        raise
    if not agreed:
        ends.progress.note("nothing was changed")
        _say_unchanged(plan, ends, wishes)
        return False
    standing = _Works(blueprint, ends, plan.agreed).build_all(adopt=adopt)
    section = write_section(standing, ends.environ, wishes.profile)
    if wishes.json:
        ends.say(json.dumps({**as_json(standing), "config": section, "plan": plan.as_json()}))
    else:
        show_next_steps(standing, section, ends)
    sweep(blueprint.names, standing.functions, ends)
    return True


def _say_unchanged(plan: Plan, ends: Ends, wishes: Wishes) -> None:
    if wishes.json:
        ends.say(json.dumps({"changed": False, "plan": plan.as_json()}))


def _is_agreed(plan: Plan, ends: Ends, wishes: Wishes) -> bool:
    """Show the plan, and ask where there is something to agree to."""
    if not wishes.json:
        show_plan(plan, ends.out)
    elif not wishes.yes:  # standard output is for programs, and whoever is asked has to see it
        show_plan(plan, ends.progress.console)
    return plan.is_empty or wishes.yes or ends.agrees("Do this?")


@dataclass(frozen=True)
class _Works:
    """The building of the three stacks. ``agreed``: see ``build``."""

    blueprint: Blueprint
    ends: Ends
    agreed: frozenset[tuple[str, str]]

    def build_all(self, *, adopt: bool) -> Standing:
        blueprint, home = self.blueprint, self.blueprint.settings.region
        before = outputs_of(self.ends.stacks_in(home), blueprint.names.cdn).get("DistributionId", "")
        bucket = self._build(home, blueprint.bucket_request(distribution_id=before, adopt=adopt))
        # Before anything answers: a stranger gets 401 from the first minute.
        users = open_repository(self.ends.open_bucket(blueprint.bucket), blueprint.settings.principals)
        self._let_go()
        edge = self._build_edge()
        cdn = self._build(home, blueprint.cdn_request(bucket.outputs, edge.outputs))
        after = cdn.outputs.get("DistributionId", "")
        built = [bucket, edge, cdn]
        if after != before:  # whoever cares for the bucket may now tell the distribution to forget a file
            built.append(self._build(home, blueprint.bucket_request(distribution_id=after)))
        return Standing(
            settings=blueprint.settings,
            bucket=blueprint.bucket,
            outputs={**bucket.outputs, **edge.outputs, **cdn.outputs},
            changed=any(one.changed for one in built),
            users=users,
        )

    def _let_go(self) -> None:
        """Take the rate limit from the distribution first: WAF keeps one that is used, and bills it on."""
        blueprint, home = self.blueprint, self.blueprint.settings.region
        cdn = self.ends.stacks_in(home).find(blueprint.names.cdn)
        if cdn is None or is_beginning(cdn) or not cdn.parameters.get("WebAclArn"):
            return
        if blueprint.settings.waf_rate is None:
            self._build(home, blueprint.cdn_as_it_is(cdn, WebAclArn=""))

    def _build_edge(self) -> Built:
        store_code(self.blueprint, self.ends)
        return self._build(EDGE_REGION, self.blueprint.edge_request())

    def _build(self, region: str, request: Request) -> Built:
        return build(self.ends.stacks_in(region), request, self.ends.watcher, self.agreed)


def _survey(settings: Settings, ends: Ends) -> tuple[Blueprint, bool]:
    account = ends.around.account()
    blueprint = Blueprint.draw(with_retention(settings, account, ends), account)
    found = check_readiness(blueprint, ends)
    if found is None:
        warn_of_lost_rules(blueprint, ends)
        return blueprint, False
    return take_in(blueprint, found, settings.retention_days, ends), True


def _show(plan: Plan, ends: Ends, *, as_lines: bool) -> None:
    if as_lines:
        ends.say(json.dumps({"plan": plan.as_json()}))
    else:
        show_plan(plan, ends.out)
