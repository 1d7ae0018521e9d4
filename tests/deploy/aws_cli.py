"""What the AWS CLI would take, by AWS's own description of its API."""

from __future__ import annotations

import shlex

import botocore.session  # noqa: TID251  # the description, and nothing else
from botocore import xform_name  # noqa: TID251  # likewise

# Of the CLI itself.
_ANYWHERE = {"--region", "--profile", "--query", "--output"}
_SERVICES = {"s3api": "s3"}


class NotACommand(Exception):
    """The CLI would refuse it."""


def check(line: str) -> None:
    """Check service, operation, and the name of each option. Raises NotACommand."""
    program, service, operation, *words = shlex.split(line)
    assert program == "aws"
    name = _SERVICES.get(service, service)
    session = botocore.session.get_session()
    if name not in session.get_available_services():
        raise NotACommand(f"no service: {service}")
    model = session.get_service_model(name)
    operations = {xform_name(one, "-"): one for one in model.operation_names}
    if operation not in operations:
        raise NotACommand(f"{service} has no {operation}")
    shape = model.operation_model(operations[operation]).input_shape
    assert shape is not None
    known = {f"--{xform_name(member, '-')}" for member in shape.members}
    given = [word for word in words if word.startswith("--")]
    if unknown := set(given) - known - _ANYWHERE:
        raise NotACommand(f"{service} {operation} does not take {sorted(unknown)}")
    required = {f"--{xform_name(member, '-')}" for member in shape.required_members}
    if missing := required - set(given):
        raise NotACommand(f"{service} {operation} needs {sorted(missing)}")
