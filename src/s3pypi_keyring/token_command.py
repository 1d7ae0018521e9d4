"""``s3pypi-keyring token``: what a client would send, for programs that ask no keyring."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from s3pypi_core.config.config import read_config
from s3pypi_core.errors import RepositoryError
from s3pypi_keyring.sources import find_credentials
from s3pypi_keyring.subject import Subject

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping


class NoToken(RepositoryError):
    """No source has any credentials."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there are no credentials for {name!r}", f"run: s3pypi-keyring login {name}")


def show_token(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Print the token, session or password of a repository, and nothing else. Raises RepositoryError."""
    config = read_config(environ)
    subject = Subject.find(args.repository, config)
    found = find_credentials(subject.origin, config, environ)
    if found is None:
        raise NoToken(subject.repository.name)
    sys.stdout.write(f"{found.login.password}\n")
    return 0
