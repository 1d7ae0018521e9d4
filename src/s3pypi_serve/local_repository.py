"""The whole repository on one machine: S3 server, bucket, gateway."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.aws.s3_bucket import S3Bucket
from s3pypi_core.config.config_file import Repository
from s3pypi_core.errors import RepositoryError
from s3pypi_core.repository import create_repository, create_user_store
from s3pypi_edge.config import EdgeConfig
from s3pypi_edge.fallback import Fallback
from s3pypi_edge.gate import open_gate
from s3pypi_edge.keys import USERS_KEY
from s3pypi_edge.sigv4 import AwsCredentials
from s3pypi_edge.tokens import digest, token_id
from s3pypi_edge.upstream import upstream_host
from s3pypi_edge.users import UserStore, format_time
from s3pypi_serve.data_folder import USER, DataFolder, open_data_folder
from s3pypi_serve.environment import command_environment, shell_lines
from s3pypi_serve.gateway import Gateway
from s3pypi_serve.private_file import explained, write_private
from s3pypi_serve.s3_origin import REGION, S3Origin
from s3pypi_serve.s3_server import S3Server, watched_s3_server, weed_program
from s3pypi_serve.signals import ignore_signals
from s3pypi_serve.web_server import WebServer, listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping
    from pathlib import Path

    from s3pypi_core.bucket import Bucket

NAME = "local"
STS_VARIABLE = "AWS_ENDPOINT_URL_STS"
_TOKEN_GONE = f"""\
warning: the token of the user {USER} was revoked, or the user removed: its token is not put into S3PYPI_TOKEN
hint: s3pypi-admin user add NAME, then s3pypi-admin token create NAME; put that token into S3PYPI_TOKEN
"""


class EdgeSettings(NamedTuple):
    """What may be said about the edge, named as in its configuration."""

    refresh: float
    upstream: str | None = None
    reserved: tuple[str, ...] = ()


@dataclass(frozen=True)
class LocalRepository:
    """Where everything is; ``port`` is the gateway's."""

    folder: DataFolder
    bucket: str
    port: int
    s3: S3Server
    token: str | None
    """None where the bucket does not know it any more."""

    @property
    def s3_endpoint(self) -> str:
        """What the AWS tools are given."""
        return self.s3.endpoint

    def check(self) -> None:
        """Raise RepositoryError if it cannot serve any more."""
        self.s3.check()

    @property
    def index_url(self) -> str:
        """What pip is given."""
        return f"http://127.0.0.1:{self.port}/simple/"

    @property
    def variables(self) -> dict[str, str]:
        """What a command needs to upload and to install."""
        token = {} if self.token is None else {"S3PYPI_TOKEN": self.token}
        return {
            "AWS_ACCESS_KEY_ID": self.folder.keys.access_key,
            "AWS_SECRET_ACCESS_KEY": self.folder.keys.secret_key,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL_S3": self.s3_endpoint,
            "S3PYPI_CONFIG": str(self.folder.config),
            "S3PYPI_URL": self.index_url,
            "TWINE_REPOSITORY": NAME,
            **token,
        }

    def edge_config(self, settings: EdgeSettings, sts: str | None = None) -> EdgeConfig:
        """What the edge is told; the same JSON as in its zip.

        ``sts`` is another STS than AWS's. Raises RepositoryError where that is no address.
        """
        document = {
            "bucket": self.bucket,
            "region": REGION,
            "realm": NAME,
            "hosts": _hosts(self.port),
            "endpoints": {"s3": self.s3_endpoint, **({"sts": sts.rstrip("/")} if sts else {})},
            **settings._asdict(),
        }
        try:
            return EdgeConfig.parse(json.dumps(document).encode())
        except ValueError:  # everything else in it was made here
            hint = f"write it like https://sts.{REGION}.amazonaws.com, or: unset {STS_VARIABLE}"
            raise RepositoryError(f"{STS_VARIABLE} is not the address of a service", hint) from None


@contextlib.contextmanager
def serving(
    data: Path | None,
    *,
    port: int,
    bucket: str,
    edge: EdgeSettings,
    environ: MutableMapping[str, str],
    quiet: bool,
) -> Iterator[LocalRepository]:
    """Serve a repository as long as the block lasts.

    ``data`` is the folder that keeps it, None for a temporary one. ``environ`` is the environment of this
    process: it gets what a command needs, and boto3 reads it too. ``edge`` is what may be chosen in the
    edge's configuration. The edge's log goes to standard error,
    or to a file where that is to be ``quiet``. Raises RepositoryError.
    """
    with contextlib.ExitStack() as last:
        weed_program()  # before anything is written
        listener = last.enter_context(listening(port))
        port = listener.getsockname()[1]
        if edge.upstream is not None and upstream_host(edge.upstream) in _hosts(port):
            raise RepositoryError("the upstream is this repository itself", "--upstream names another index")
        folder = last.enter_context(open_data_folder(data))
        log = last.enter_context(_log(folder.log if quiet else None))
        with watched_s3_server(folder.s3, folder.keys, pass_fds=[folder.lock]) as server:
            local = LocalRepository(folder, bucket, port, server, token=None)
            config = local.edge_config(edge, environ.get(STS_VARIABLE))
            environment = command_environment(environ, local.variables)
            environ.clear()
            environ.update(environment)
            if _prepare(local):
                local = replace(local, token=folder.token)
                environ.update(local.variables)
            else:
                sys.stderr.write(_TOKEN_GONE)
            _write_files(local, shell_lines(environ, local.variables))
            web = WebServer(_gateway(local, config, log), listener)
            last.callback(web.join)
            try:
                yield local
            finally:
                ignore_signals()
                web.begin_stop()  # and while it ends, the S3 server does, which takes longer


def _hosts(port: int) -> list[str]:
    return [f"127.0.0.1:{port}", f"localhost:{port}"]


@contextlib.contextmanager
def _log(path: Path | None) -> Iterator[Callable[[str], object]]:
    if path is None:
        yield lambda line: sys.stderr.write(f"{line}\n")
        return
    with explained(path):
        opened = path.open("a", encoding="utf-8", buffering=1)
    with opened as file:
        yield lambda line: file.write(f"{line}\n")


def _prepare(local: LocalRepository) -> bool:
    """Make what is missing in the bucket; return whether our own user's token holds there."""
    bucket = S3Bucket.open(local.bucket)
    bucket.make()
    bucket.keep_versions()  # before anything is in it, where that is new
    create_repository(bucket)
    return create_user_store(bucket, _user_store(local.folder.token)) or _knows(bucket, local.folder.token)


def _knows(bucket: Bucket, token: str) -> bool:
    store = bucket.get(USERS_KEY)
    try:
        found = UserStore.parse(store.body).tokens.get(token_id(token) or "") if store else None
    except ValueError:
        return False  # the edge says what is wrong with the store
    return found is not None and found.token.sha256 == digest(token)


def _user_store(token: str) -> bytes:
    record = {
        "id": token_id(token),
        "sha256": digest(token),
        "created": format_time(time.time()),
        "expires": None,
    }
    users = {USER: {"tokens": [record], "projects": ["*"]}}
    return json.dumps({"version": 1, "users": users, "principals": []}, indent=1).encode()


def _write_files(local: LocalRepository, environment: str) -> None:
    settings = Repository(
        NAME, url=local.index_url, bucket=local.bucket, region=REGION, endpoint_url=local.s3_endpoint
    )
    write_private(local.folder.config, settings.to_toml())
    write_private(local.folder.environment, environment)


def _gateway(local: LocalRepository, config: EdgeConfig, log: Callable[[str], object]) -> Gateway:
    gate = open_gate(config, local.variables, log=log)
    gate.warm()
    origin = S3Origin(local.s3_endpoint, local.bucket, AwsCredentials(*local.folder.keys), time.time)
    return Gateway(
        gate.answer,
        origin,
        lambda text: sys.stderr.write(f"{text}\n"),
        origin_function=Fallback(config, log).answer,
    )
