"""Which bucket the options of a command mean, and whether it may ask about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.config.config import read_config
from s3pypi_core.config.pypirc import find_pypirc
from s3pypi_core.config.target import find_target
from s3pypi_twine.screen import is_set

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from s3pypi_core.config.target import Target


def target_of(options: argparse.Namespace, environ: Mapping[str, str]) -> Target:
    """Find it. Raises UsageError and RepositoryError, as find_target does."""
    target = find_target(
        repository=options.repository,
        address=options.repository_url,
        config=read_config(environ),
        environ=environ,
        pypirc=find_pypirc(options.config_file),
    )
    return target.override(region=options.region, profile=options.profile, endpoint_url=options.endpoint_url)


def may_ask(options: argparse.Namespace, environ: Mapping[str, str]) -> bool:
    """Whether a question is welcome, such as that for the MFA code of an AWS profile."""
    return not (options.non_interactive or is_set(environ, "TWINE_NON_INTERACTIVE"))
