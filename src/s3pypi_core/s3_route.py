"""What botocore knows of the way to a bucket: address, region, credentials and certificates."""

from __future__ import annotations

import os
import re
import ssl
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from botocore.httpsession import get_cert_path  # noqa: TID251  # a part of s3_bucket, which speaks to AWS
from botocore.utils import get_environ_proxies  # noqa: TID251  # likewise

from s3pypi_core.s3_direct import DirectS3, Place
from s3pypi_edge.sigv4 import AwsCredentials

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest  # noqa: TID251  # likewise
    from botocore.credentials import Credentials  # noqa: TID251  # likewise
    from botocore.session import Session  # noqa: TID251  # likewise
    from mypy_boto3_s3 import S3Client

CONNECT_WITHIN = 10.0  # seconds
ANSWER_WITHIN = 60.0  # seconds of silence

_PROBE = "packages/probe"  # a key like any other; it is never asked for
_SIGNATURE = re.compile(r"AWS4-HMAC-SHA256 Credential=[^/]+/[0-9]{8}/(?P<region>[^/]+)/s3/aws4_request,")


@dataclass
class Route:
    """Finds the direct way to a bucket when it is first asked for, and remembers it. Threads may share it."""

    session: Session
    client: S3Client
    bucket: str
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _found: tuple[DirectS3 | None] | None = None

    def direct(self) -> DirectS3 | None:
        """The direct way; None where only botocore can go: by a proxy, or signed in another manner.

        Raises what botocore raises where there is no way at all, as without credentials.
        """
        with self._lock:
            if self._found is None:
                self._found = (self._find(),)
        (direct,) = self._found
        return direct if direct and direct.usable else None

    def _find(self) -> DirectS3 | None:
        place = _place(self.client, self.bucket)
        credentials = self.session.get_credentials()
        if place is None or credentials is None or get_environ_proxies(place.server):
            return None
        return DirectS3(
            place,
            lambda: _frozen(credentials),
            self._tls() if place.server.startswith("https:") else None,
            connect_within=CONNECT_WITHIN,
            answer_within=ANSWER_WITHIN,
        )

    def _tls(self) -> ssl.SSLContext:
        """The certificates that botocore trusts."""
        given = self.session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
        return ssl.create_default_context(cafile=given or get_cert_path(verify=True))


class _NotSent(Exception):
    """Carries the request that botocore was about to send."""

    def __init__(self, request: AWSRequest) -> None:
        super().__init__(request)
        self.request = request


def _place(client: S3Client, bucket: str) -> Place | None:
    """Where botocore would send a request for a key, if it signs as we do."""

    def stop(request: AWSRequest, **_: object) -> None:
        if request.url and request.url.endswith(_PROBE):
            raise _NotSent(request)

    client.meta.events.register_last("request-created.s3", stop)
    try:
        client.get_object(Bucket=bucket, Key=_PROBE)
    except _NotSent as prepared:
        url, headers = str(prepared.request.url), prepared.request.headers
    finally:
        client.meta.events.unregister("request-created.s3", stop)
    signature = _SIGNATURE.match(headers.get("Authorization", ""))
    address = urlsplit(url)
    server = f"{address.scheme}://{address.netloc}"
    return signature and Place(server, address.path.removesuffix(_PROBE), signature["region"])


def _frozen(credentials: Credentials) -> AwsCredentials:
    """The keys of this moment: temporary ones are fetched anew before they expire."""
    keys = credentials.get_frozen_credentials()
    return AwsCredentials(cast("str", keys.access_key), cast("str", keys.secret_key), keys.token)
