"""The options that named the bucket, for the next command to repeat: without them it may reach another."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.origin import without_userinfo

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping

    from s3pypi_core.config.target import Target


class Where(NamedTuple):
    """Options as text, with a space before each, for the three programs that hints name."""

    admin: str = ""
    twine: str = ""
    aws: str = ""

    @classmethod
    def of(cls, options: Namespace, target: Target) -> Where:
        """What was given to ``s3pypi-admin``; the AWS CLI is also told what the configuration says."""
        given = _aws_options(options.profile, options.region, options.endpoint_url)
        address = options.bucket and f"s3://{options.bucket}"
        return cls(
            admin=_text({"--repository": options.repository, "--bucket": options.bucket, **given}),
            twine=_text({"--repository": options.repository, "--repository-url": address, **given}),
            aws=_text(_aws_options(target.profile, target.region, target.endpoint_url)),
        )


def _aws_options(profile: str | None, region: str | None, endpoint_url: str | None) -> dict[str, str | None]:
    endpoint = endpoint_url and without_userinfo(endpoint_url)
    return {"--profile": profile, "--region": region, "--endpoint-url": endpoint}


def _text(options: Mapping[str, str | None]) -> str:
    return "".join(f" {name} {shlex.quote(value)}" for name, value in options.items() if value)
