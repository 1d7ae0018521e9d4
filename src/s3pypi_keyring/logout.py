"""``s3pypi-keyring logout``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from s3pypi_core.config.config import read_config
from s3pypi_core.errors import UsageError
from s3pypi_keyring.sessions import forget_sessions
from s3pypi_keyring.store import open_store
from s3pypi_keyring.subject import Subject
from s3pypi_keyring.tools import find_tools

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from s3pypi_core.config.config import Config
    from s3pypi_core.origin import Origin


def log_out(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Forget what is kept for a repository, wherever login put it. Raises RepositoryError."""
    config = read_config(environ)
    if args.all and args.repository is not None:
        raise UsageError("--all and a repository are two different things", "give one of them")
    places = _all(config) if args.all else _one(args.repository, config)
    for url, origin in places.items():
        outcome = f"logged out of {url}" if _forget(origin, environ) else f"nothing was stored for {url}"
        sys.stdout.write(f"{outcome}\n")
    # Of repositories that are configured no more, too.
    for url in forget_sessions() if args.all else ():
        sys.stdout.write(f"logged out of {url}\n")
    return 0


def _one(repository: str | None, config: Config) -> dict[str, Origin]:
    subject = Subject.find(repository, config)
    return {subject.url: subject.origin}


def _all(config: Config) -> dict[str, Origin]:
    return {
        str(each.url): each.origin
        for each in config.repositories
        if each.origin is not None and each.origin.keeps_secrets
    }


def _forget(origin: Origin, environ: Mapping[str, str]) -> bool:
    """Whether there was anything; the keyring of the system comes last, because it may fail."""
    tools = find_tools(environ)
    gone = [bool(forget_sessions(origin)), *(tool.delete(origin) for tool in tools)]
    for place in filter(None, (tool.remains(origin) for tool in tools)):
        sys.stderr.write(f"{place} still has a password for {origin.host}; if it is to go, remove it there\n")
    gone.append(open_store().delete(origin))
    return any(gone)
