"""Templates as CloudFormation reads them: short forms, parameters, conditions, and the functions of ours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ACCOUNT = "123456789012"
NO_VALUE = object()  # CloudFormation leaves out what has it
PSEUDO_PARAMETERS = {
    "AWS::AccountId": ACCOUNT,
    "AWS::NoValue": NO_VALUE,
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::StackName": "acme-stack",
}


class _Loader(yaml.SafeLoader):
    """Reads the short form of a function as the long one."""


def _long_form(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    function = name if name in {"Ref", "Condition"} else f"Fn::{name}"
    if isinstance(node, yaml.ScalarNode):
        return {function: loader.construct_scalar(node)}
    assert isinstance(node, yaml.SequenceNode)
    return {function: loader.construct_sequence(node, deep=True)}


_Loader.add_multi_constructor("!", _long_form)


def parse(text: str) -> dict[str, Any]:
    """The template as it is written, with functions in their long form."""
    template: dict[str, Any] = yaml.load(text, _Loader)  # noqa: S506  # it is a SafeLoader
    return template


@dataclass(frozen=True)
class Stack:
    """A template with its parameters; ``values`` are also what resources are called and have."""

    template: Mapping[str, Any]
    values: Mapping[str, Any]

    @classmethod
    def of(cls, text: str, attributes: Mapping[str, str], **parameters: str) -> Stack:
        """What CloudFormation makes. ``attributes`` are those of its resources, ``Bucket.Arn`` for one."""
        template = parse(text)
        declared = template["Parameters"]
        assert not parameters.keys() - declared.keys()
        defaults = {name: fact["Default"] for name, fact in declared.items() if "Default" in fact}
        return cls(template, {**PSEUDO_PARAMETERS, **defaults, **attributes, **parameters})

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

    def resolve(self, value: Any) -> Any:  # noqa: ANN401  # whatever YAML can say
        """A part of the template, with its functions worked out."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        for name, argument in value.items():
            if name in _FUNCTIONS and len(value) == 1:
                return _FUNCTIONS[name](self, argument)
        resolved = {name: self.resolve(item) for name, item in value.items()}
        return {name: item for name, item in resolved.items() if item is not NO_VALUE}

    def _made(self, section: str) -> dict[str, Any]:
        entries = self.template[section].items()
        return {
            name: self.resolve({key: fact for key, fact in entry.items() if key != "Condition"})
            for name, entry in entries
            if "Condition" not in entry or self._holds(entry["Condition"])
        }

    def _holds(self, condition: str) -> bool:
        return bool(self.resolve(self.template["Conditions"][condition]))

    def _named(self, name: str) -> Any:  # noqa: ANN401  # a parameter may be a number
        return self.values.get(name, f"<{name}>")

    def _sub(self, text: str) -> str:
        return re.sub(r"\$\{([^}]+)\}", lambda found: str(self._named(found[1])), text)

    def _if(self, branches: list[Any]) -> Any:  # noqa: ANN401
        condition, then, otherwise = branches
        return self.resolve(then if self._holds(condition) else otherwise)


_FUNCTIONS: Mapping[str, Callable[[Stack, Any], Any]] = {
    "Ref": Stack._named,
    "Condition": Stack._holds,
    "Fn::GetAtt": Stack._named,
    "Fn::Sub": Stack._sub,
    "Fn::If": Stack._if,
    "Fn::Equals": lambda stack, sides: len(set(map(stack.resolve, sides))) == 1,
    "Fn::Not": lambda stack, conditions: not stack.resolve(conditions[0]),
    "Fn::And": lambda stack, conditions: all(map(stack.resolve, conditions)),
}
