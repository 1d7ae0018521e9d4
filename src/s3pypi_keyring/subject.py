"""Which repository a command is about, by its name or by its address."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.config.config import Repository, token_variable
from s3pypi_core.errors import UsageError
from s3pypi_core.origin import Origin

if TYPE_CHECKING:
    from s3pypi_core.config.config import Config

EXAMPLE = "https://pypi.example.com/simple/"


class Subject(NamedTuple):
    """A repository with an address that credentials may be sent to, and whether it is configured."""

    repository: Repository
    url: str
    origin: Origin
    is_new: bool

    @classmethod
    def find(cls, text: str | None, config: Config) -> Subject:
        """Read a name, or an address: one that is not configured makes a repository named after its host.

        Nothing means the only repository that has an address. Raises UsageError.
        """
        if text is None:
            repository = _only(config)
        else:
            repository = _at(text, config) if "://" in text else _named(text, config)
        url, origin = repository.url, repository.origin
        if url is None or origin is None:
            hint = f'add its address to {config.path}: url = "{EXAMPLE}"'
            raise UsageError(f"the repository {repository.name!r} has no address to log in to", hint)
        if not origin.keeps_secrets:
            raise UsageError(
                f"{url} would send credentials over the network in clear", "use its https address"
            )
        return cls(repository, url, origin, is_new=config.named(repository.name) is None)


def _only(config: Config) -> Repository:
    reachable = [each for each in config.repositories if each.url is not None]
    if len(reachable) != 1:
        known = ", ".join(each.name for each in reachable) or "none"
        raise UsageError(
            "which repository is meant is not clear", f"name it, or its address; configured: {known}"
        )
    return reachable[0]


def _named(name: str, config: Config) -> Repository:
    repository = config.named(name)
    if repository is None:
        known = ", ".join(each.name for each in config.repositories) or "none"
        raise UsageError(
            f"no repository is called {name!r}",
            f"configured: {known}; an address works too, such as {EXAMPLE}",
        )
    return repository


def _at(url: str, config: Config) -> Repository:
    origin = Origin.parse(url)
    if origin is None or any(mark in url for mark in "@?#"):
        # The address may hold a password: it is not repeated.
        hint = f"write it like {EXAMPLE}, without a user name; see --username"
        raise UsageError("this is not the address of a repository", hint)
    configured = (each for each in config.repositories if each.origin == origin)
    return next(configured, None) or Repository(
        _new_name(origin, config), url=url if url.endswith("/") else f"{url}/", auth="stored"
    )


def _new_name(origin: Origin, config: Config) -> str:
    taken = {token_variable(each.name) for each in config.repositories}
    base = origin.address.replace(".", "-").replace(":", "-")
    name, number = base, 2
    while token_variable(name) in taken:
        name, number = f"{base}-{number}", number + 1
    return name
