"""What IAM makes of statements like ours. An operator that is not here is a KeyError, never a guess."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Statement = Mapping[str, Any]


class Call(NamedTuple):
    """What somebody asks of AWS; ``context`` are the condition keys of the request, with their values."""

    action: str
    resource: str
    context: frozenset[tuple[str, str]] = frozenset()


def allows(statements: Iterable[Statement], call: Call) -> bool:
    """Whether one statement allows the call, and none denies it."""
    effects = {statement["Effect"] for statement in statements if applies(statement, call)}
    return effects == {"Allow"}


def applies(statement: Statement, call: Call) -> bool:
    """Whether a statement is about the call."""
    context = dict(call.context)
    return (
        any(_matches(pattern.lower(), call.action.lower()) for pattern in listed(statement["Action"]))
        and any(_matches(pattern, call.resource) for pattern in listed(statement["Resource"]))
        and all(
            _OPERATORS[operator](context.get(key), listed(wanted))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def each_grant(statements: Iterable[Statement]) -> list[Statement]:
    """One statement for each permission on each resource."""
    return [
        {**statement, "Action": action, "Resource": resource}
        for statement in statements
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]


def listed(value: str | list[str]) -> list[str]:
    """One or many, as a list."""
    return [value] if isinstance(value, str) else value


def _matches(pattern: str, text: str) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text) is not None


# IAM: "If the key that you specify in a policy condition is not present in the request context, the values do
# not match and the condition is false."
_OPERATORS: Mapping[str, Callable[[str | None, list[str]], bool]] = {
    "StringEquals": lambda value, wanted: value in wanted,
    "Bool": lambda value, wanted: value in wanted,
    "Null": lambda value, wanted: str(value is None).lower() in wanted,
}
