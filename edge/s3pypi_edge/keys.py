"""Where things lie in the bucket, and which names may become part of a key."""

from __future__ import annotations

import re
from typing import NewType

Project = NewType("Project", str)
"""The name of a project, already normalised."""

PACKAGES = "packages/"  # every key that a client may ask for begins with it
CONFIG = "config/"  # and every key that no client ever gets
RECORD_NAME = "index.json"
PAGE_NAME = "index.html"
METADATA = ".metadata"  # PEP 658: what the name of a file's core metadata ends with

ROOT_RECORD = f"{PACKAGES}{RECORD_NAME}"
ROOT_PAGE = f"{PACKAGES}{PAGE_NAME}"
USERS_KEY = f"{CONFIG}users.json"
SIGNING_KEYS_KEY = f"{CONFIG}keys.json"

_LONGEST_FILE_NAME = 255  # no client's file system takes more

# PEP 508: "The regex (run with re.IGNORECASE) is: ^([A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9])$". Spelled out,
# because IGNORECASE lets a few letters beyond ASCII through.
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")

# Binary distribution format: "The wheel filename is {distribution}-{version}(-{build tag})?-{python tag}-{abi
# tag}-{platform tag}.whl."
_WHEEL = r"[A-Za-z0-9][A-Za-z0-9._]*-[A-Za-z0-9._+!]+(?:-[0-9][A-Za-z0-9._]*)?(?:-[A-Za-z0-9._]+){3}\.whl"
_SDIST = r"[A-Za-z0-9][A-Za-z0-9._+!-]*-[A-Za-z0-9._+!]+\.(?:tar\.gz|zip)"
_FILE_NAME = re.compile(rf"(?:{_WHEEL}|{_SDIST})(?:\.metadata)?")


def normalize(name: str) -> Project:
    """Return the one spelling of a project's name. Raises ValueError for what PEP 508 calls no name.

    >>> normalize("Acme_Lib.Extra")
    'acme-lib-extra'
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a valid project name")
    # PEP 503: "The name should be lowercased with all runs of the characters ., -, or _ replaced with a
    # single - character."
    return Project(re.sub(r"[-_.]+", "-", name).lower())


def record_key(project: Project) -> str:
    """The key of the project's record, in JSON."""
    return f"{PACKAGES}{project}/{RECORD_NAME}"


def page_key(project: Project) -> str:
    """The key of the project's page, in HTML."""
    return f"{PACKAGES}{project}/{PAGE_NAME}"


def file_key(project: Project, filename: str) -> str:
    """The key of a distribution of the project, or of its ``.metadata``."""
    return f"{PACKAGES}{project}/{filename}"


def metadata_key(project: Project, filename: str) -> str:
    """The key of the core metadata of the distribution ``filename``."""
    return file_key(project, f"{filename}{METADATA}")


def is_file_name(name: str) -> bool:
    """Whether this is the ASCII name of a wheel or an sdist, or of the ``.metadata`` of one.

    >>> is_file_name("acme_lib-1.0+local-py3-none-any.whl"), is_file_name("index.json")
    (True, False)
    """
    return len(name) <= _LONGEST_FILE_NAME and _FILE_NAME.fullmatch(name) is not None


def is_distribution_name(name: str) -> bool:
    """Whether this is the name of a wheel or an sdist, short enough that its ``.metadata`` has a name, too.

    >>> is_distribution_name("acme-1.0.tar.gz"), is_distribution_name("acme-1.0.tar.gz.metadata")
    (True, False)
    """
    # Nothing is the metadata of metadata: that leaves out the names that end with it already.
    return is_file_name(f"{name}{METADATA}")
