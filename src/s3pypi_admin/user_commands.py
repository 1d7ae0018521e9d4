"""``s3pypi-admin user``: who may read, with which password, and which projects."""

from __future__ import annotations

import shlex
import sys
from functools import partial
from typing import TYPE_CHECKING

from s3pypi_admin import document as edits
from s3pypi_admin.ends import IN_FORCE, note, note_doubt, note_problems, say
from s3pypi_admin.globs import in_words, project_globs
from s3pypi_admin.listing import write_list
from s3pypi_admin.passwords import ask_for_password, hash_password
from s3pypi_admin.store import Stored, edit_store
from s3pypi_core.errors import UsageError
from s3pypi_core.secret_input import read_secret
from s3pypi_edge.users import check_user_name

if TYPE_CHECKING:
    from argparse import Namespace

    from s3pypi_admin.ends import Ends

LONGEST_NAME = 128  # characters
NO_NAMES = {"*": "everything", "__token__": "clients send it along with any token"}


def add_user(options: Namespace, ends: Ends) -> None:
    """Add a user, with a password or for tokens only."""
    name = _user_name(options.name)
    projects = ["*"] if options.projects is None else project_globs(options.projects)
    edits.refuse_user(Stored.read(ends.bucket).document, name)
    password = _new_password(options, ends) if options.password or options.password_stdin else None
    change = partial(edits.add_user, name=name, password=password, projects=projects)
    done = partial(edits.was_added, name=name, password=password, projects=projects)
    edit = edit_store(ends.bucket, change, ends.backoff, grants=name, done=done)
    say(f"added the user {name}, who may see {in_words(projects)}")
    note(IN_FORCE)
    if password is None:
        note_doubt(edit)
        note(f"{name} has no password and holds tokens only; tokens are the recommended kind. Make one with:")
        note(f"  s3pypi-admin token create {shlex.quote(name)}{ends.where.admin}")


def set_projects(options: Namespace, ends: Ends) -> None:
    """Replace what a user may see."""
    projects = project_globs(options.projects)
    name = edits.find_user(Stored.read(ends.bucket).document, options.name)
    change = partial(edits.set_projects, name=name, projects=projects)
    edit_store(ends.bucket, change, ends.backoff, grants=name)
    say(f"{name} may see {in_words(projects)}")
    note(IN_FORCE)
    if not projects:
        note(f"That takes all access away from {name}; this gives some back:")
        note(f"  s3pypi-admin user set {shlex.quote(name)}{ends.where.admin} --projects GLOB")


def set_password(options: Namespace, ends: Ends) -> None:
    """Replace a user's password, or give the first one."""
    name = edits.find_user(Stored.read(ends.bucket).document, options.name)
    change = partial(edits.set_password, name=name, password=_new_password(options, ends))
    edit_store(ends.bucket, change, ends.backoff, grants=name)
    say(f"changed the password of {name}")
    note(f"{IN_FORCE} From then on the old password is refused.")


def remove_user(options: Namespace, ends: Ends) -> None:
    """Remove a user with all its tokens."""
    edit = edit_store(
        ends.bucket,
        partial(edits.remove_user, name=options.name),
        ends.backoff,
        done=lambda document: not edits.has_user(document, options.name),
    )
    name = edits.find_user(edit.before, options.name)
    count = len(edits.tokens_of(edit.before, name))
    say(f"removed the user {name} with {count} token{'' if count == 1 else 's'}")
    note_doubt(edit)
    note(IN_FORCE)


def list_users(_options: Namespace, ends: Ends) -> None:
    """Show the users who are let in, and name on standard error the records that the edge leaves out."""
    stored = Stored.read(ends.bucket)
    rows = [
        (user.name, "yes" if user.password else "no", str(len(user.tokens)), ",".join(user.projects) or "-")
        for user in stored.users.users.values()
    ]
    write_list(("name", "password", "tokens", "projects"), rows, sys.stdout)
    if not rows:
        note(f"There are no users yet; `s3pypi-admin user add NAME{ends.where.admin}` adds one.")
    note_problems(stored)


def _new_password(options: Namespace, ends: Ends) -> str:
    """Get a password as the options say, and return its hash. Raises BadPassword and NoSecret."""
    return hash_password(read_secret(ends.stdin) if options.password_stdin else ask_for_password(ends.ask))


def _user_name(name: str) -> str:
    try:
        return _sensible(check_user_name(name))
    except ValueError as error:
        raise UsageError(f"{name!r} cannot be the name of a user: {error}", "choose another name") from None


def _sensible(name: str) -> str:
    """Return the name. Raises ValueError for one that would be taken for something else."""
    if len(name) > LONGEST_NAME:
        raise ValueError(f"it has more than {LONGEST_NAME} characters")
    if name != name.strip():
        raise ValueError("it begins or ends with white space")
    if name.startswith("-"):
        raise ValueError("it would be taken for an option")
    if name in NO_NAMES:
        raise ValueError(f"{name} means something else: {NO_NAMES[name]}")
    return name
