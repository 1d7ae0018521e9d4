"""As much of S3, SSM, STS and CloudFront as the handlers ask for, on loopback, over TLS, counting."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import re
import ssl
import subprocess
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUCKET = "acme-pypi"
_CONFIG = f"""<?xml version="1.0" encoding="UTF-8"?>
<DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><CallerReference>x</CallerReference>
<Comment></Comment><Enabled>true</Enabled><Origins><Quantity>1</Quantity><Items><Origin>
<Id>PyPiS3BucketOrigin</Id><DomainName>{BUCKET}.s3.us-east-1.amazonaws.com</DomainName>
</Origin></Items></Origins></DistributionConfig>""".encode()


class Aws(http.server.ThreadingHTTPServer):
    """Serves ``objects`` (by key) and ``parameters`` (by name); ``calls`` has a line for each request.

    Whoever asks STS is a session of ``role``; no signature is checked.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.parameters: dict[str, str] = {}
        self.calls: list[str] = []
        self.role = ""
        self.certificate = _certificate(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, folder / "key.pem")
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"https://127.0.0.1:{self.server_port}"


def _certificate(folder: Path) -> Path:
    """Make a certificate for loopback, good for a day, with the openssl command."""
    path = folder / "certificate.pem"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    key = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(folder / "key.pem")]
    command = ["openssl", "req", "-x509", "-days", "1", *names, *key, "-out", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Aws

    def do_GET(self) -> None:  # so http.server calls it
        """Answer for S3 and CloudFront."""
        if re.fullmatch(r"/[0-9-]+/distribution/[^/]+/config", self.path):
            self._answer(200, _CONFIG, "GetDistributionConfig", "text/xml")
            return
        if self.path.startswith("/?Action=GetCallerIdentity&"):
            self._answer(200, self._caller(), "GetCallerIdentity", "application/json")
            return
        body = self.server.objects.get(self.path.removeprefix(f"/{BUCKET}/").partition("?")[0])
        if body is None:
            self._answer(404, b"", "GetObject 404", "text/xml")
            return
        etag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
        is_known = self.headers.get("if-none-match") == etag
        self._answer(304 if is_known else 200, b"" if is_known else body, "GetObject", "text/plain", etag)

    def _caller(self) -> bytes:
        arn = self.server.role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/alice"
        result = {"Arn": arn, "Account": arn.split(":")[4], "UserId": "x"}
        return json.dumps({"GetCallerIdentityResponse": {"GetCallerIdentityResult": result}}).encode()

    def do_POST(self) -> None:  # so http.server calls it
        """Answer for SSM."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        value = self.server.parameters.get(asked["Name"])
        found = {"Parameter": {"Name": asked["Name"], "Value": value}}
        missing = {"__type": "ParameterNotFound", "message": "none"}
        body = json.dumps(missing if value is None else found).encode()
        self._answer(400 if value is None else 200, body, "GetParameter", "application/x-amz-json-1.1")

    def _answer(self, status: int, body: bytes, call: str, content_type: str, etag: str = '"0"') -> None:
        self.server.calls.append(f"{call} {status}")
        self.send_response(status)
        self.send_header("ETag", etag)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def loopback_aws(folder: Path) -> Iterator[Aws]:
    """Run it, with its certificate in ``folder``."""
    with Aws(folder) as aws:
        thread = threading.Thread(target=aws.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield aws
        finally:
            aws.shutdown()
            thread.join()
