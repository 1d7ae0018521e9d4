"""``s3pypi-admin token``: what machines show instead of a password."""

from __future__ import annotations

import secrets
import sys
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from s3pypi_admin import document as edits
from s3pypi_admin.ends import IN_FORCE, note, note_doubt, note_problems, say
from s3pypi_admin.errors import TokenNotShown
from s3pypi_admin.expiry import parse_expiry
from s3pypi_admin.listing import write_list
from s3pypi_admin.store import Stored, edit_store
from s3pypi_core.command_line import CannotWrite, flush_output
from s3pypi_edge.tokens import SECRET_BYTES, digest, make_token, token_id
from s3pypi_edge.users import format_time

if TYPE_CHECKING:
    from argparse import Namespace

    from s3pypi_admin.ends import Ends
    from s3pypi_edge.users import TokenRecord


@dataclass
class _NewToken:
    """A token of ``holder``, drawn once: a write that has to be repeated repeats the same token."""

    holder: str
    created: str
    expires: str | None
    text: str = field(default="", repr=False)
    record: edits.Token | None = None

    def add(self, document: edits.Document) -> edits.Document:
        """Add it. Drawn anew, the secret too, when its id has become another's."""
        if self.record is None or edits.has_token_id(document, self.record.id):
            self.record = self._draw(edits.unused_id(document))
        return edits.add_token(document, self.holder, self.record)

    def is_in(self, document: edits.Document) -> bool:
        """Whether the token was added."""
        return self.record is not None and edits.has_token(document, self.record)

    def _draw(self, new: str) -> edits.Token:
        self.text = make_token(new, secrets.token_bytes(SECRET_BYTES))
        return edits.Token(new, digest(self.text), self.created, self.expires)


def create_token(options: Namespace, ends: Ends) -> None:
    """Make a token and show it, this once."""
    expires = None if options.expires is None else parse_expiry(options.expires, ends.bucket.now())
    name = edits.find_user(Stored.read(ends.bucket).document, options.user)
    token = _NewToken(name, format_time(ends.bucket.now()), expires)
    edit_store(ends.bucket, token.add, ends.backoff, grants=name, done=token.is_in)
    _show(token.text)
    note(
        f"This is the token {token_id(token.text)} of {name}. "
        "It is shown this once: keep it where you keep secrets."
    )
    note(f"It expires at {expires}." if expires else "It does not expire; --expires 90d makes one that does.")
    note(f"Clients send it as the password, with any user name. {IN_FORCE}")


def _show(token: str) -> None:
    """Print the token, and make sure of it. Raises TokenNotShown."""
    try:
        say(token)
        flush_output()
    except (OSError, CannotWrite):
        raise TokenNotShown(str(token_id(token))) from None


def revoke_token(options: Namespace, ends: Ends) -> None:
    """Remove a token, named by its id or by itself."""
    revoked = token_id(options.id) or options.id
    edit = edit_store(
        ends.bucket,
        partial(edits.revoke_token, token_id=revoked),
        ends.backoff,
        done=lambda document: not edits.has_token_id(document, revoked),
    )
    say(f"revoked the token {revoked} of {edits.holder_of(edit.before, revoked)}")
    note_doubt(edit)
    note(IN_FORCE)


def list_tokens(_options: Namespace, ends: Ends) -> None:
    """Show every token, never what it is."""
    stored = Stored.read(ends.bucket)
    now = ends.bucket.now()
    rows = [
        (token.id, owner.name, token.created, _end_of(token, now))
        for token, owner in stored.users.tokens.values()
    ]
    write_list(("id", "user", "created", "expires"), rows, sys.stdout)
    if not rows:
        note(f"There are no tokens yet; `s3pypi-admin token create USER{ends.where.admin}` makes one.")
    note_problems(stored)


def _end_of(token: TokenRecord, now: float) -> str:
    if token.expires is None:
        return "never"
    return format_time(token.expires) + (" (expired)" if token.expires <= now else "")
