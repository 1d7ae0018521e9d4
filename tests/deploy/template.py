"""CloudFormation's templates, evaluated: conditions, references, and the outputs that follow."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ACCOUNT = "123456789012"
_ABSENT = object()


class _Loader(yaml.SafeLoader):
    """Reads the short forms: ``!Ref X`` is ``{"Ref": "X"}``."""


def _short(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    else:
        assert isinstance(node, yaml.SequenceNode)
        value = loader.construct_sequence(node, deep=True)
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    return {name: value.split(".", 1) if name == "Fn::GetAtt" and isinstance(value, str) else value}


_Loader.add_multi_constructor("!", _short)


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
        document = yaml.load(text, _Loader)  # noqa: S506  # a SafeLoader
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
        """The resources whose condition holds."""
        return {
            name: resource
            for name, resource in self.document["Resources"].items()
            if self._holds(resource.get("Condition"))
        }

    def properties(self, name: str, attribute: Callable[[str, str], str]) -> str:
        """What a resource is to be, as text: two that are equal need no change."""
        resource = self.document["Resources"][name]
        return json.dumps(self._value(resource.get("Properties", {}), attribute), sort_keys=True)

    def outputs(self, attribute: Callable[[str, str], str]) -> dict[str, str]:
        """The outputs whose condition holds."""
        return {
            name: str(self._value(output["Value"], attribute))
            for name, output in self.document.get("Outputs", {}).items()
            if self._holds(output.get("Condition"))
        }

    def _holds(self, condition: str | None) -> bool:
        if condition is None:
            return True
        return bool(self._value(self.document["Conditions"][condition], lambda _name, _attribute: ""))

    def _value(self, node: Any, attribute: Callable[[str, str], str]) -> Any:  # noqa: ANN401  # YAML
        if isinstance(node, list):
            return [kept for item in node if (kept := self._value(item, attribute)) is not _ABSENT]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, value),) = node.items()
            if name in {"Ref", "Condition"} or name.startswith("Fn::"):
                return self._function(name, value, attribute)
        values = {key: self._value(value, attribute) for key, value in node.items()}
        return {key: value for key, value in values.items() if value is not _ABSENT}

    def _function(self, name: str, value: Any, attribute: Callable[[str, str], str]) -> Any:  # noqa: ANN401
        if name == "Ref":
            return self._ref(value, attribute)
        if name == "Condition":
            return self._holds(value)
        if name == "Fn::If":
            return self._value(value[1 if self._holds(value[0]) else 2], attribute)
        if name == "Fn::GetAtt":
            return attribute(value[0], value[1])
        if name == "Fn::Sub":
            return re.sub(r"\$\{([^}]+)\}", lambda match: self._sub(match[1], attribute), value)
        values = self._value(value, attribute)
        functions: dict[str, Callable[[Any], Any]] = {
            "Fn::Equals": lambda pair: pair[0] == pair[1],
            "Fn::Not": lambda one: not one[0],
            "Fn::And": all,
            "Fn::Or": any,
            "Fn::Join": lambda parts: parts[0].join(parts[1]),
            "Fn::Select": lambda chosen: chosen[1][int(chosen[0])],
            "Fn::Split": lambda parts: parts[1].split(parts[0]),
        }
        return functions[name](values)

    def _sub(self, name: str, attribute: Callable[[str, str], str]) -> str:
        resource, dot, wanted = name.partition(".")
        return attribute(resource, wanted) if dot else str(self._ref(name, attribute))

    def _ref(self, name: str, attribute: Callable[[str, str], str]) -> Any:  # noqa: ANN401  # likewise
        pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::Region": self.region,
            "AWS::Partition": "aws",
            "AWS::StackName": self.stack,
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::NoValue": _ABSENT,
        }
        if name in pseudo:
            return pseudo[name]
        return self.parameters[name] if name in self.parameters else attribute(name, "")


def _check(name: str, value: str, rules: Mapping[str, Any]) -> None:
    pattern, allowed = rules.get("AllowedPattern"), rules.get("AllowedValues")
    if (pattern and not re.fullmatch(pattern, value)) or (allowed and value not in map(str, allowed)):
        raise BadParameter(f"Parameter '{name}' must match pattern {pattern or allowed}")
