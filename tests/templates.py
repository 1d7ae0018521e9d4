"""Templates as CloudFormation reads them: short forms, conditions, references, and the functions of ours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Attribute = Callable[[str, str], Any]  # of a resource; without a name, what Ref gives

ACCOUNT = "123456789012"
_ABSENT = object()  # CloudFormation leaves out what has it


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


def pseudo_parameters(stack: str, region: str) -> dict[str, Any]:
    """What every template may refer to."""
    return {
        "AWS::AccountId": ACCOUNT,
        "AWS::NoValue": _ABSENT,
        "AWS::Partition": "aws",
        "AWS::Region": region,
        "AWS::StackName": stack,
    }


@dataclass(frozen=True)
class Reading:
    """A template with the values of its parameters, and what its resources have."""

    template: Mapping[str, Any]
    values: Mapping[str, Any]
    attribute: Attribute

    def made(self, section: str) -> dict[str, Any]:
        """The entries of a section whose condition holds, as they are written."""
        entries = self.template.get(section, {}).items()
        return {name: entry for name, entry in entries if self._is_made(entry)}

    def resolve(self, value: Any) -> Any:  # noqa: ANN401  # whatever YAML can say
        """A part of the template, with its functions worked out."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not _ABSENT]
        if not isinstance(value, dict):
            return value
        for name, argument in value.items():
            if name in _FUNCTIONS and len(value) == 1:
                return _FUNCTIONS[name](self, argument)
        resolved = {name: self.resolve(item) for name, item in value.items()}
        return {name: item for name, item in resolved.items() if item is not _ABSENT}

    def _is_made(self, entry: Mapping[str, Any]) -> bool:
        return "Condition" not in entry or self._holds(entry["Condition"])

    def _holds(self, condition: str) -> bool:
        return bool(self.resolve(self.template["Conditions"][condition]))

    def _named(self, name: str) -> Any:  # noqa: ANN401  # a parameter may be a number
        if name in self.values:
            return self.values[name]
        resource, _, attribute = name.partition(".")
        return self.attribute(resource, attribute)

    def _sub(self, text: str) -> str:
        return re.sub(r"\$\{([^}]+)\}", lambda found: str(self._named(found[1])), text)

    def _if(self, branches: list[Any]) -> Any:  # noqa: ANN401
        condition, then, otherwise = branches
        return self.resolve(then if self._holds(condition) else otherwise)


_FUNCTIONS: Mapping[str, Callable[[Reading, Any], Any]] = {
    "Ref": Reading._named,
    "Condition": Reading._holds,
    "Fn::GetAtt": Reading._named,
    "Fn::Sub": Reading._sub,
    "Fn::If": Reading._if,
    "Fn::Equals": lambda reading, sides: len(set(map(reading.resolve, sides))) == 1,
    "Fn::Not": lambda reading, conditions: not reading.resolve(conditions[0]),
    "Fn::And": lambda reading, conditions: all(map(reading.resolve, conditions)),
}
