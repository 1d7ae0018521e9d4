"""What a command needs in its environment to find the repository and nothing else."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from s3pypi_serve.ports import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "S3PYPI_TOKEN")

# They would win over what is set here, or be mixed with it.
_IN_THE_WAY = (
    "AWS_DEFAULT_PROFILE",
    "AWS_ENDPOINT_URL",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "S3PYPI_LOCAL_TOKEN",
    "TWINE_REPOSITORY_URL",
)
_OTHER_TOKEN = re.compile("S3PYPI_.+_TOKEN")
_HOSTS = (LOOPBACK, "localhost")


def command_environment(environ: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """Return ``environ`` with ``variables`` set, and without what would be in their way."""
    kept = {
        name: value
        for name, value in environ.items()
        if name not in _IN_THE_WAY and not _OTHER_TOKEN.fullmatch(name)
    }
    return {**kept, **_past_proxies(environ), **variables}


def shell_lines(environ: Mapping[str, str], variables: Mapping[str, str]) -> str:
    """Write the same for a shell to source."""
    exports = {**_past_proxies(environ), **variables}
    lines = [f"unset {' '.join(_IN_THE_WAY)}"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in exports.items()]
    return "".join(f"{line}\n" for line in lines)


def _past_proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """No proxy can reach this machine's loopback address: clients that have one must be told."""
    if not any(name.lower() in {"http_proxy", "all_proxy"} for name in environ):
        return {}
    # Both spellings are read, the lower one first.
    exceptions = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    value = ",".join([*filter(None, exceptions.split(",")), *_HOSTS])
    return {"no_proxy": value, "NO_PROXY": value}
