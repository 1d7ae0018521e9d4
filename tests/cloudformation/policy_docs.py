"""What the documentation says of policies: their texts, and which of them each command needs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.cloudformation.iam import Statement

DOCS = Path(__file__).parents[2] / "docs"
# By the words of the table in docs/care.md, as the template calls them.
POLICIES = {
    "read": "ReadPolicy",
    "publish": "PublishPolicy",
    "care": "CarePolicy",
    "administer": "AdministerPolicy",
}
_PAGES = ("publishing.md", "care.md", "access.md", "migrating.md")
# The last name in front of a policy is what it is called, or the bucket that it is about.
_POLICY = re.compile(r"`([a-z-]+)`[^`]*\n\n```json\n(.*?)```", re.DOTALL)
_ROW = re.compile(r"^\| `acme-([a-z]+)` \| (.*) \|$", re.MULTILINE)


def shown_policy(name: str) -> dict[str, Any]:
    """The one policy of this name."""
    text = "\n".join(DOCS.joinpath(page).read_text(encoding="utf-8") for page in _PAGES)
    (document,) = [json.loads(body) for found, body in _POLICY.findall(text) if found == name]
    return dict(document)


def statements_for(policy: str, bucket: str) -> list[Statement]:
    """What the policy of this name says where the bucket has that name."""
    document = json.dumps(shown_policy(f"acme-{policy}")).replace(":::acme-pypi", f":::{bucket}")
    return list(json.loads(document)["Statement"])


def statements_for_a_source(bucket: str) -> list[Statement]:
    """What somebody must be allowed who moves in from that bucket."""
    document = json.dumps(shown_policy("old-pypi")).replace(":::old-pypi", f":::{bucket}")
    return list(json.loads(document)["Statement"])


def commands_by_policy() -> dict[str, list[str]]:
    """The table of docs/care.md: the commands that each policy is for."""
    page = DOCS.joinpath("care.md").read_text(encoding="utf-8")
    return {policy: re.findall("`([^`]+)`", cell) for policy, cell in _ROW.findall(page)}
