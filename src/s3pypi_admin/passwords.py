"""Passwords of new and changed users: where they come from, which are refused, how they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from passlib.hash import pbkdf2_sha256

from s3pypi_admin.errors import AdminError
from s3pypi_core.secret_input import ask_secret
from s3pypi_edge.saslprep import saslprep
from s3pypi_edge.tokens import SESSION_PREFIX, TOKEN_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_admin.where import Where

# A viewer function has about 1/14 of a CPU, which makes 120,000 rounds about 0.5 s there (1 to 1.5 s without
# SHA instructions), paid once an instance and user, because a verified pair is remembered.
ROUNDS = 120_000
LONGEST = 1024  # characters; CloudFront takes 20,480 bytes of headers in all


class BadPassword(AdminError):
    """A password that nobody could use, or that would be taken for something else. Never shows it."""

    def __init__(
        self, problem: str, advice: Callable[[Where], str] = lambda _where: "choose another password"
    ) -> None:
        super().__init__(f"{problem}; nothing was changed", advice)


def ask_for_password(ask: Callable[[str], str]) -> str:
    """Ask twice, with ``ask(prompt)``, which does not echo. Raises BadPassword and NoSecret."""
    password = ask_secret(ask, "New password: ")
    if password != ask_secret(ask, "The same again: "):
        raise BadPassword("the two passwords differ", lambda _where: "run the same command again")
    return password


def hash_password(password: str) -> str:
    """The ``$pbkdf2-sha256$`` hash of the password, SASLprep'd. Raises BadPassword."""
    return str(pbkdf2_sha256.using(rounds=ROUNDS).hash(_checked(password)))


def _checked(password: str) -> str:
    if len(password) > LONGEST:
        raise BadPassword(f"the password has more than {LONGEST} characters")
    try:
        prepared = saslprep(password)
    except ValueError:
        raise BadPassword("a password cannot hold control characters or unassigned ones") from None
    if not prepared:
        raise BadPassword("the password is empty")
    if prepared.startswith((TOKEN_PREFIX, SESSION_PREFIX)):
        raise BadPassword(
            f"a password cannot begin with {TOKEN_PREFIX} or {SESSION_PREFIX}: it would be taken for a token",
            lambda where: (
                f"choose another password; `s3pypi-admin token create NAME{where.admin}` makes a token"
            ),
        )
    return prepared
