"""What a client asks for, as far as it could be one of our repositories. Loaded by every look-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.origin import Origin

if TYPE_CHECKING:
    from s3pypi_core.config.config_file import Repository

_NOT_BARE = frozenset("/?#@")


class Service(NamedTuple):
    """Where a service string leads. ``bare`` is the ``host`` or ``host:port`` that came without a scheme."""

    origin: Origin
    bare: str | None = None

    @classmethod
    def parse(cls, text: str) -> Service | None:
        """Read a URL that credentials may be sent to, or a bare host; None where there is the least doubt.

        >>> Service.parse("pypi.acme.com:8443")
        Service(origin=Origin(scheme='https', host='pypi.acme.com', port=8443), bare='pypi.acme.com:8443')
        >>> Service.parse("http://pypi.acme.com/simple/")
        """
        if "://" in text:
            origin = Origin.parse(text)
            return cls(origin) if origin is not None and origin.keeps_secrets else None
        origin = None if _NOT_BARE & set(text) else Origin.parse(f"https://{text}")
        return cls(origin, text) if origin is not None else None

    def names(self, repository: Repository) -> bool:
        """Whether the bare host may stand for the repository.

        It has no scheme, so a client may be about to use it over http: it is answered only where the
        configuration says so, and with the port that is missing taken from the repository's scheme.
        """
        if not repository.allow_bare_host or repository.origin is None or not repository.origin.keeps_secrets:
            return False
        return Origin.parse(f"{repository.origin.scheme}://{self.bare}") == repository.origin
