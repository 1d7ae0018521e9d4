"""``s3pypi-keyring add``, ``remove`` and ``snippet``: which repositories there are, and how they are used."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from s3pypi_core.config.config import read_config, remove_repository, write_repository
from s3pypi_core.config.snippets import snippet
from s3pypi_core.config.target import Target
from s3pypi_core.errors import UsageError
from s3pypi_keyring.subject import EXAMPLE, Subject

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from s3pypi_core.config.config import Config, Repository


def add(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Write a section for an address. Raises RepositoryError."""
    config = read_config(environ)
    if "://" not in args.url:
        raise UsageError(f"{args.url!r} is not an address", f"write it like {EXAMPLE}")
    subject = Subject.find(args.url, config)
    if not subject.is_new:
        known = subject.repository
        hint = f"edit its section, or run: s3pypi-keyring remove {known.name}"
        raise UsageError(f"{subject.url} is configured already, as {known.name!r}", hint)
    repository = replace(subject.repository, name=args.name or subject.repository.name, auth=args.auth)
    write_repository(config.path, repository)
    sys.stdout.write(f"added [repositories.{repository.name}] to {config.path}\n")
    if args.auth == "stored":
        sys.stderr.write(f"next: s3pypi-keyring login {repository.name}\n")
    return 0


def remove(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Take out the section of a repository; what was stored for it stays. Raises RepositoryError."""
    config = read_config(environ)
    repository = _named(args.repository, config)
    remove_repository(config.path, repository.name)
    sys.stdout.write(f"removed [repositories.{repository.name}] from {config.path}\n")
    if repository.url:
        sys.stderr.write(f"to forget its credentials too: s3pypi-keyring logout {repository.url}\n")
    return 0


def show_snippet(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Print what to write where. Raises RepositoryError."""
    config = read_config(environ)
    if args.repository is None and len(config.repositories) != 1:
        known = ", ".join(each.name for each in config.repositories) or "none"
        raise UsageError("which repository is meant?", f"name it, or its address; configured: {known}")
    wanted = args.repository or config.repositories[0].name
    subject = Subject.find(wanted, config)
    sys.stdout.write(snippet(args.client, subject.url, _target(subject.repository)))
    return 0


def _target(repository: Repository) -> Target | None:
    if repository.bucket is None:
        return None
    return Target(repository.bucket, repository.region, repository.profile, repository.endpoint_url)


def _named(text: str, config: Config) -> Repository:
    """Find a section that may lack an address, by its name or its address."""
    return config.named(text) or Subject.find(text, config).repository
