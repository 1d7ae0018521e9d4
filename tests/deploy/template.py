"""A template as the imitation of CloudFormation takes it: with parameters that it checks."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.templates import ACCOUNT, Reading, parse, pseudo_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.templates import Attribute

__all__ = ["ACCOUNT", "BadParameter", "Template"]


class BadParameter(Exception):
    """A parameter that the template refuses, in CloudFormation's words."""


@dataclass
class Template:
    """A template with its parameters. ``attribute`` gives what GetAtt gives, or Ref where it has no name."""

    stack: str
    region: str
    document: dict[str, Any]
    parameters: dict[str, str]

    @classmethod
    def read(cls, stack: str, region: str, text: str, given: Mapping[str, str]) -> Template:
        """Check the parameters as CloudFormation does. Raises BadParameter."""
        document = parse(text)
        declared = document.get("Parameters", {})
        for name in given:
            if name not in declared:
                raise BadParameter(f"Parameters: [{name}] do not exist in the template")
        parameters = {}
        for name, rules in declared.items():
            value = given.get(name, rules.get("Default"))
            if value is None:
                raise BadParameter(f"Parameters: [{name}] must have values")
            _check(name, str(value), rules)
            parameters[name] = str(value)
        return cls(stack, region, document, parameters)

    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources whose condition holds; no condition asks for a resource."""
        return self._reading(lambda _name, _attribute: "").made("Resources")

    def properties(self, name: str, attribute: Attribute) -> str:
        """What a resource is to be, as text: two that are equal need no change."""
        resource = self.document["Resources"][name]
        return json.dumps(self._reading(attribute).resolve(resource.get("Properties", {})), sort_keys=True)

    def outputs(self, attribute: Attribute) -> dict[str, str]:
        """The outputs whose condition holds."""
        reading = self._reading(attribute)
        made = reading.made("Outputs").items()
        return {name: str(reading.resolve(output["Value"])) for name, output in made}

    def _reading(self, attribute: Attribute) -> Reading:
        values = {**pseudo_parameters(self.stack, self.region), **self.parameters}
        return Reading(self.document, values, attribute)


def _check(name: str, value: str, rules: Mapping[str, Any]) -> None:
    pattern, allowed = rules.get("AllowedPattern"), rules.get("AllowedValues")
    if (pattern and not re.fullmatch(pattern, value)) or (allowed and value not in map(str, allowed)):
        raise BadParameter(f"Parameter '{name}' must match pattern {pattern or allowed}")
