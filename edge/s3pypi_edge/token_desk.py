"""What is answered to who comes as ``__iam__``. Imported late: few requests come here."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from s3pypi_edge.cloudfront import generate, unavailable
from s3pypi_edge.decision import Decision, refuse, turn_away
from s3pypi_edge.minting import LifetimeError, Mint
from s3pypi_edge.proof import ProofError
from s3pypi_edge.sts import Sts, StsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_edge.cloudfront import Request
    from s3pypi_edge.config import EdgeConfig
    from s3pypi_edge.connector import Connector
    from s3pypi_edge.principals import Principals
    from s3pypi_edge.signing_keys import KeyRing

TOKEN_PATH = "/-/token"  # noqa: S105  # an address
_KIND = "identity"


class TokenDesk:
    """Where a proof of an AWS identity is exchanged for a session; for use by many threads."""

    def __init__(self, realm: str, mint: Mint) -> None:
        self._realm = realm
        self._mint = mint

    def answer(
        self, request: Request, proof: str, *, host: str, principals: Principals, now: float
    ) -> Decision:
        """Decide on a request whose password is ``proof``. Raises Rationed and StoreError."""
        if (request["method"], request["uri"]) != ("GET", TOKEN_PATH):
            return turn_away(self._realm, "a proof elsewhere than at GET /-/token")._replace(kind=_KIND)
        try:
            minted = self._mint.mint(
                proof, request.get("querystring", ""), host=host, principals=principals, now=now
            )
        except LifetimeError as error:
            return refuse(HTTPStatus.BAD_REQUEST, str(error), reason="a life that no session has")
        except ProofError as error:
            return turn_away(self._realm, str(error))._replace(kind=_KIND)
        except StsError as error:
            return Decision(unavailable(), str(error), kind=_KIND)
        answer = generate(HTTPStatus.OK, minted.body, {"Content-Type": "application/json"})
        return Decision(answer, minted.remark, minted.who, _KIND)


def open_token_desk(
    config: EdgeConfig,
    connector: Connector,
    keys: Callable[[], KeyRing],
    monotonic: Callable[[], float],
) -> TokenDesk:
    """A desk that asks the STS of ``config``; ``keys`` are what it may sign with."""
    sts = Sts(connector, config.endpoints.get("sts"))
    return TokenDesk(config.realm, Mint(sts, keys, monotonic=monotonic))
