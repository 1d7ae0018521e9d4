"""A stack as its template makes it, with what its resources are called and have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.templates import ACCOUNT, Reading, parse, pseudo_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ACCOUNT", "Stack", "parse"]


@dataclass(frozen=True)
class Stack:
    """A template with its parameters."""

    reading: Reading

    @classmethod
    def of(cls, text: str, attributes: Mapping[str, str], **parameters: str) -> Stack:
        """What CloudFormation makes. ``attributes`` are those of its resources, ``Bucket.Arn`` for one."""
        template = parse(text)
        declared = template["Parameters"]
        assert not parameters.keys() - declared.keys()
        defaults = {name: fact["Default"] for name, fact in declared.items() if "Default" in fact}
        values = {**pseudo_parameters("acme-stack", "eu-central-1"), **defaults, **attributes, **parameters}
        return cls(Reading(template, values, _told_apart))

    @property
    def template(self) -> Mapping[str, Any]:
        """The template as it is written."""
        return self.reading.template

    @property
    def resources(self) -> dict[str, Any]:
        """The resources that are made, by their logical ids."""
        return self._made("Resources")

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs that there are."""
        return {name: output["Value"] for name, output in self._made("Outputs").items()}

    def properties(self, logical_id: str) -> dict[str, Any]:
        """The properties of a resource."""
        properties: dict[str, Any] = self.resources[logical_id]["Properties"]
        return properties

    def of_type(self, kind: str) -> dict[str, Any]:
        """The resources of a type, by their logical ids."""
        return {name: fact for name, fact in self.resources.items() if fact["Type"] == kind}

    def _made(self, section: str) -> dict[str, Any]:
        return {
            name: self.reading.resolve({key: fact for key, fact in entry.items() if key != "Condition"})
            for name, entry in self.reading.made(section).items()
        }


def _told_apart(resource: str, attribute: str) -> str:
    """What stands for what nobody gave."""
    return f"<{resource}.{attribute}>" if attribute else f"<{resource}>"
