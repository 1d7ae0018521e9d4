"""What is said when the repository is ready."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from s3pypi_serve.data_folder import USER
from s3pypi_serve.environment import SECRETS

if TYPE_CHECKING:
    from s3pypi_serve.local_repository import LocalRepository


def as_json(local: LocalRepository) -> str:
    """One line for programs. No secret is in it, but where to find them."""
    document = {
        "index_url": local.index_url,
        "bucket": local.bucket,
        "s3_endpoint": local.s3_endpoint,
        "config": str(local.folder.config),
        "user": USER,
        "environment": str(local.folder.environment),
        "variables": [name for name in SECRETS if name in local.variables],
    }
    return f"{json.dumps(document)}\n"


def as_text(local: LocalRepository) -> str:
    """A few lines for people."""
    return f"""\
The repository is ready: {local.index_url} (bucket {local.bucket}; Ctrl-C ends it)
In another terminal:

  . {shlex.quote(str(local.folder.environment))}
  s3twine upload dist/*
  pip install --index-url "$S3PYPI_URL" NAME
"""
