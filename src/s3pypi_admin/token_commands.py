"""``s3pypi-admin token``: what machines show instead of a password."""

from __future__ import annotations

import secrets
import sys
from functools import partial
from typing import TYPE_CHECKING

from s3pypi_admin import document as edits
from s3pypi_admin.ends import GRANTED, note, note_problems, say
from s3pypi_admin.expiry import parse_expiry
from s3pypi_admin.listing import write_list
from s3pypi_admin.store import Stored, edit_store
from s3pypi_edge.tokens import SECRET_BYTES, digest, make_token, token_id
from s3pypi_edge.users import format_time

if TYPE_CHECKING:
    from argparse import Namespace

    from s3pypi_admin.ends import Ends
    from s3pypi_edge.users import TokenRecord


def create_token(options: Namespace, ends: Ends) -> None:
    """Make a token and show it, this once."""
    expires = None if options.expires is None else parse_expiry(options.expires, ends.now)
    name = edits.find_user(Stored.read(ends.bucket).document, options.user)
    secret = secrets.token_bytes(SECRET_BYTES)

    def issue(document: edits.Document) -> edits.Document:
        new = edits.unused_id(document)
        sha256 = digest(make_token(new, secret))
        return edits.add_token(document, name, edits.Token(new, sha256, format_time(ends.now), expires))

    edit = edit_store(ends.bucket, issue, ends.backoff, grants=name)
    issued = edits.tokens_of(edit.after, name)[-1]["id"]
    say(make_token(issued, secret))
    note(f"This is the token {issued} of {name}. It is shown this once: keep it where you keep secrets.")
    note(f"It expires at {expires}." if expires else "It does not expire; --expires 90d makes one that does.")
    note(f"Clients send it as the password, with any user name. {GRANTED}")


def revoke_token(options: Namespace, ends: Ends) -> None:
    """Remove a token, named by its id or by itself."""
    revoked = token_id(options.id) or options.id
    edit = edit_store(ends.bucket, partial(edits.revoke_token, token_id=revoked), ends.backoff)
    say(f"revoked the token {revoked} of {edits.holder_of(edit.before, revoked)}")
    note("It is refused everywhere at the latest 60 s from now.")


def list_tokens(_options: Namespace, ends: Ends) -> None:
    """Show every token, never what it is."""
    stored = Stored.read(ends.bucket)
    rows = [
        (token.id, owner.name, token.created, _end_of(token, ends.now))
        for token, owner in stored.users.tokens.values()
    ]
    write_list(("id", "user", "created", "expires"), rows, sys.stdout)
    if not rows:
        note("There are no tokens yet; `s3pypi-admin token create USER` makes one.")
    note_problems(stored)


def _end_of(token: TokenRecord, now: float) -> str:
    if token.expires is None:
        return "never"
    return format_time(token.expires) + (" (expired)" if token.expires <= now else "")
