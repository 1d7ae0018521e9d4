"""The client of boto3 that speaks to a bucket: how it is found, and what it does otherwise than usual."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError
from botocore.regions import EndpointResolverBuiltins

from s3pypi_core.aws.s3_errors import RAISED_BY_BOTO3, explain
from s3pypi_core.aws.s3_parts import AT_ONCE, count_what_is_sent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

ATTEMPTS = 4  # of each request; botocore's standard mode waits up to 1, 2 and 4 s between them
CONNECT_WITHIN = 10.0  # seconds
ANSWER_WITHIN = 60.0  # seconds of silence

SMALL = 1024 * 1024  # bytes; a smaller body is sent from memory, without asking first

_OK = 200


def open_client(
    bucket: str,
    *,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    connections: int,
    interactive: bool,
) -> S3Client:
    """Make it, as S3Bucket.open says. Raises BucketError."""
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        if not interactive:
            _ask_nobody(session)
        _find_credentials(session)
        client = session.client("s3", endpoint_url=endpoint_url, config=_config(connections))
    except RAISED_BY_BOTO3 as error:
        raise explain(error, bucket) from error
    client.meta.events.register("before-endpoint-resolution.s3", _address_by_path)
    client.meta.events.register("before-parse.s3", _refuse_half_a_head)
    client.meta.events.register_last("before-call.s3", _send_small_bodies_at_once)
    count_what_is_sent(client)
    return client


def _config(connections: int) -> Config:
    return Config(
        connect_timeout=CONNECT_WITHIN,
        read_timeout=ANSWER_WITHIN,
        max_pool_connections=connections + AT_ONCE,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        tcp_keepalive=True,
        parameter_validation=False,  # every request here is of known shape
        user_agent=f"s3twine Boto3/{boto3.__version__}",  # botocore's own is put together twice a request
    )


def _find_credentials(session: boto3.Session) -> None:
    """Find them now, in this thread: Ctrl-C ends a question for an MFA code in the main one only."""
    credentials = session.get_credentials()
    if credentials is not None:
        credentials.get_frozen_credentials()


def _ask_nobody(session: boto3.Session) -> None:
    """Let a question for an MFA code fail as it does without a terminal."""

    def prompt(_text: str) -> str:
        raise EOFError

    # Neither boto3 nor botocore has a public way to say so.
    providers = session._session.get_component("credential_provider")  # noqa: SLF001
    providers.get_provider("assume-role")._prompter = prompt  # noqa: SLF001


def _address_by_path(builtins: dict[EndpointResolverBuiltins, object], **_: object) -> None:
    """Write http://host/bucket/key for an endpoint of one's own, wherever it is configured.

    Nobody has a DNS name for each bucket of such a server. (On AWS, botocore does so for names with dots.)
    """
    if builtins.get(EndpointResolverBuiltins.SDK_ENDPOINT):
        builtins[EndpointResolverBuiltins.AWS_S3_FORCE_PATH_STYLE] = True


def _send_small_bodies_at_once(params: Mapping[str, Any], **_: object) -> None:
    """Do not ask whether a body is welcome (Expect: 100-continue): the question takes longer than the body.

    A larger one is asked for, so that it does not travel where its name is taken.
    """
    if isinstance(params["body"], bytes | io.BytesIO):
        params["headers"].pop("Expect", None)


def _refuse_half_a_head(response_dict: Mapping[str, Any], **_: object) -> None:
    """Raise for an answer that ended before its length: http.client takes it for one without a body."""
    status, headers = response_dict["status_code"], response_dict["headers"]
    framed = headers.get("Content-Length", "").isdigit() or "Transfer-Encoding" in headers
    if status == _OK and not framed:
        with contextlib.suppress(AttributeError):  # it is a stream, or bytes
            response_dict["body"].close()
        raise ConnectionClosedError(endpoint_url="", error="half a head")
