"""``export``: everything in a folder, for people who deploy by other means."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError, UsageError
from s3pypi_core.page import root_page
from s3pypi_core.root import Root
from s3pypi_deploy.blueprint import Blueprint
from s3pypi_deploy.export_script import deploy_script
from s3pypi_deploy.export_stacks import ACCOUNT, as_parameters, exported_stacks
from s3pypi_deploy.first_access import first_users
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, USERS_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from s3pypi_deploy.settings import Settings

SCRIPT = "deploy.sh"


def write_export(settings: Settings, folder: Path, now: float) -> list[Path]:
    """Write templates, parameters, zip, the objects of an empty repository, and a script; return the files.

    The script has the three commands, and stores the objects. ``now``, in POSIX seconds, is since when the
    principals may come in. Nothing asks AWS. Raises UsageError without the name of a bucket, and
    RepositoryError for a folder that cannot be written.
    """
    if settings.bucket is None:
        hint = "give --bucket NAME; the account's number, which `up` would put into it, is not asked for here"
        raise UsageError("export needs the name of the bucket", hint)
    files = _files(Blueprint.draw(settings, ACCOUNT), now)
    try:
        return [_write(folder / name, body) for name, body in files.items()]
    except OSError as error:
        raise RepositoryError(
            f"{folder} cannot be written: {error.strerror}", "choose another folder"
        ) from error


def _files(blueprint: Blueprint, now: float) -> Mapping[str, bytes]:
    root = Root()
    stacks = exported_stacks(blueprint, lambda output: output.name)
    return {
        **{stack.template: stack.request.template.encode() for stack in stacks},
        "parameters.json": json.dumps(as_parameters(blueprint), indent=1).encode() + b"\n",
        "edge.zip": blueprint.code,
        ROOT_PAGE: root_page(root),
        ROOT_RECORD: root.to_json(),
        USERS_KEY: first_users(blueprint.settings.principals, now),
        SCRIPT: deploy_script(blueprint).encode(),
    }


def _write(path: Path, body: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    if path.name == SCRIPT:
        path.chmod(0o755)
    return path
