"""``s3pypi-admin principal`` and ``session``: people and machines that come in with AWS credentials."""

from __future__ import annotations

import shlex
import sys
from functools import partial
from typing import TYPE_CHECKING

from s3pypi_admin import principal_edits as edits
from s3pypi_admin.ends import IN_FORCE, note, note_doubt, note_problems, say
from s3pypi_admin.expiry import parse_expiry
from s3pypi_admin.globs import in_words, project_globs
from s3pypi_admin.key_store import make_first_key
from s3pypi_admin.listing import write_list
from s3pypi_admin.store import Stored, edit_store
from s3pypi_core.errors import UsageError
from s3pypi_edge.principals import check_arn
from s3pypi_edge.users import UserStore, format_time

if TYPE_CHECKING:
    from argparse import Namespace

    from s3pypi_admin.ends import Ends
    from s3pypi_admin.store import Edit


def add_principal(options: Namespace, ends: Ends) -> None:
    """Let in an AWS identity, and make the first signing key where there is none."""
    arn = _principal_arn(options.arn)
    projects = ["*"] if options.projects is None else project_globs(options.projects)
    expires = None if options.expires is None else parse_expiry(options.expires, ends.bucket.now())
    edits.refuse_principal(Stored.read(ends.bucket).document, arn)
    made = make_first_key(ends.bucket, ends.backoff)
    new = edits.NewPrincipal(arn, projects, expires, ends.bucket.now)
    edit_store(ends.bucket, new.add, ends.backoff, done=new.is_in)
    say(f"added the principal {arn}, who may see {in_words(projects)}")
    if arn != options.arn:
        note("Its path was left out: AWS names a role without its path.")
    if made:
        note(f"Made the first key that signs sessions, {made}.")
    note(f"It expires at {expires}." if expires else "It does not expire; --expires 90d makes one that does.")
    note(f"Anyone with AWS credentials for it gets sessions, and stores no secret. {IN_FORCE}")


def remove_principal(options: Namespace, ends: Ends) -> None:
    """Stop letting an AWS identity in, and end all its sessions."""
    arn = edits.find_principal(Stored.read(ends.bucket).document, options.arn)
    edit = edit_store(
        ends.bucket,
        partial(edits.remove_principal, arn=arn),
        ends.backoff,
        done=lambda document: not edits.has_principal(document, arn),
    )
    say(f"removed the principal {arn}")
    note_doubt(edit)
    note(f"It gets no more sessions, and those it has are refused. {IN_FORCE}")
    _note_remaining(arn, edit)


def list_principals(_options: Namespace, ends: Ends) -> None:
    """Show which AWS identities are let in."""
    stored = Stored.read(ends.bucket)
    rows = [
        (arn, ",".join(one.projects) or "-", _time(one.expires, "never"), _time(one.not_before, "-"))
        for arn, one in stored.users.principals.by_arn.items()
    ]
    write_list(("arn", "projects", "expires", "sessions since"), rows, sys.stdout)
    if not rows:
        note(f"There are no principals yet; `s3pypi-admin principal add ARN{ends.where.admin}` adds one.")
    note_problems(stored)


def revoke_sessions(options: Namespace, ends: Ends) -> None:
    """Refuse the sessions that a principal has."""
    arn = edits.find_principal(Stored.read(ends.bucket).document, options.arn)
    revocation = edits.Revocation(arn, ends.bucket.now)
    edit = edit_store(ends.bucket, revocation.apply, ends.backoff, done=revocation.is_in)
    say(f"revoked the sessions of {arn}")
    note_doubt(edit)
    note(f"Sessions made up to {revocation.not_before} are refused. {IN_FORCE}")
    note("Anyone who still has AWS credentials for it gets new ones, until you run:")
    note(f"  s3pypi-admin principal remove {shlex.quote(arn)}{ends.where.admin}")


def _note_remaining(arn: str, edit: Edit) -> None:
    remaining = UserStore.parse(edit.body).principals.find(arn)
    if remaining is not None:
        note(f"warning: the principal {remaining.arn} still lets it in")


def _principal_arn(arn: str) -> str:
    try:
        return check_arn(arn)
    except ValueError as error:
        hint = (
            "write the ARN of a role or a user with its account number, as in "
            "arn:aws:iam::123456789012:role/Developer; * and ? may stand in the name"
        )
        raise UsageError(f"{arn!r} cannot be a principal: {error}", hint) from None


def _time(seconds: float | None, otherwise: str) -> str:
    return otherwise if seconds is None else format_time(seconds)
