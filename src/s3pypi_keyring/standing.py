"""How one repository stands: where its credentials come from, whose they are, and what it says to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from s3pypi_core.config.config import token_variable
from s3pypi_core.errors import RepositoryError
from s3pypi_edge.users import format_time
from s3pypi_keyring.backend import URL_VARIABLE
from s3pypi_keyring.check import ACCEPTED, REFUSED, answers
from s3pypi_keyring.environment import TOKEN_VARIABLE
from s3pypi_keyring.sessions import owner
from s3pypi_keyring.sources import find_credentials
from s3pypi_keyring.subject import EXAMPLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_core.config.config import Config, Repository
    from s3pypi_core.origin import Origin
    from s3pypi_keyring.environment import Found


class Standing(NamedTuple):
    """Of credentials, everything but the secret; each problem ends with the command that mends it."""

    source: str | None = None
    identity: str | None = None
    expires: str | None = None
    without: int | None = None
    with_credentials: int | None = None
    problems: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """For people."""
        about = [self.source, self.identity, self.expires and f"until {self.expires}"]
        known = [f"credentials: {', '.join(filter(None, about))}"] if self.source else []
        if self.without is not None:
            shown = "" if self.with_credentials is None else f", {self.with_credentials} with"
            known.append(f"answers: {self.without} without credentials{shown}")
        return known + list(self.problems)

    def document(self) -> dict[str, Any]:
        """For programs."""
        return self._asdict() | {"problems": list(self.problems)}


def standing(
    url: str, origin: Origin, config: Config, environ: Mapping[str, str], repository: Repository | None = None
) -> Standing:
    """Find the credentials for ``origin``, and show them to ``url`` if it asks for some."""
    if not origin.keeps_secrets:
        secure = f"https:{url.partition(':')[2]}".replace(":80/", "/")
        mend = _readdress(repository, secure)
        return Standing(problems=(f"credentials: never sent over http; {mend}",))
    try:
        found = find_credentials(origin, config, environ)
    except RepositoryError as error:
        return Standing(problems=(f"credentials: none: {error.message}; {error.hint}",))
    if found is None:
        return Standing(problems=(f"credentials: none; {_advice(repository)}",))
    return _shown(url, found, repository)


def _shown(url: str, found: Found, repository: Repository | None) -> Standing:
    expires = format_time(found.expires) if found.expires else None
    known = Standing(found.source, _identity(found), expires)
    try:
        without, with_credentials = answers(url, found.login)
    except RepositoryError as error:
        return known._replace(problems=(f"{error.message.partition(', so ')[0]}; {error.hint}",))
    problems = []
    if without != REFUSED:
        mend = f"{_readdress(repository, EXAMPLE)} (with its address)"
        problems.append(
            f"it lets in or turns away strangers with {without}; if {url} is not its address, {mend}"
        )
    elif with_credentials not in ACCEPTED:
        problems.append(f"it refuses these credentials; run: {_renewal(found, _name(repository, url))}")
    return known._replace(without=without, with_credentials=with_credentials, problems=tuple(problems))


def _renewal(found: Found, name: str) -> str:
    if found.variable:
        return f"unset {found.variable}, or set it anew"
    return f"s3pypi-keyring logout {name}, then: s3pypi-keyring login {name}"


def _readdress(repository: Repository | None, address: str) -> str:
    if repository is None:
        return f"run: export {URL_VARIABLE}={address}"
    return f"run: s3pypi-keyring remove {repository.name}, then: s3pypi-keyring add {address}"


def _identity(found: Found) -> str | None:
    if not found.is_token:
        return f"user {found.login.username}"
    whose = owner(found)
    return whose if whose != found.login.username else None


def _name(repository: Repository | None, url: str) -> str:
    return repository.name if repository else url


def _advice(repository: Repository | None) -> str:
    if repository is None:
        return f"set {TOKEN_VARIABLE}"
    return f"run: s3pypi-keyring login {repository.name}, or set {token_variable(repository.name)}"
