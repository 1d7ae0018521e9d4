"""Who comes in while the edge is measured, as each of the handlers keeps its users."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from s3pypi_edge.tokens import digest, make_token

if TYPE_CHECKING:
    from benchmarks.edge_aws import Aws

HOST = "pypi.acme.com"
TOKEN = make_token("k3v9", bytes(32))
MANY = 10_000
_ROUNDS = 29_000  # passlib's default, which the fork uses
_CI: dict[str, Any] = {"ci": {"tokens": [{"id": "k3v9", "sha256": digest(TOKEN)}], "projects": ["*"]}}


def password_hash(password: str, rounds: int = _ROUNDS) -> str:
    """A hash as passlib writes it."""
    salt = hashlib.md5(password.encode(), usedforsecurity=False).digest()
    parts = (salt, hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds))
    encoded = [base64.b64encode(part).decode().rstrip("=").replace("+", ".") for part in parts]
    return f"$pbkdf2-sha256${rounds}${encoded[0]}${encoded[1]}"


def event(name: str, secret: str, uri: str = "/simple/demo/") -> dict[str, Any]:
    """A viewer-request event, with credentials."""
    authorization = "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()
    sent = {"host": HOST, "user-agent": "pip/26.3", "accept": "text/html", "authorization": authorization}
    headers = {key: [{"key": key.title(), "value": value}] for key, value in sent.items()}
    request = {"clientIp": "203.0.113.178", "headers": headers, "method": "GET", "querystring": ""}
    config = {
        "distributionDomainName": "d1.cloudfront.net",
        "distributionId": "E1",
        "eventType": "viewer-request",
    }
    return {"Records": [{"cf": {"config": config, "request": {**request, "uri": uri}}}]}


def our_store(users: dict[str, Any]) -> dict[str, Any]:
    """A user store of ours."""
    return {"version": 1, "users": users, "principals": []}


def many_users() -> dict[str, Any]:
    """Ten thousand users: half have a password, half a token; and ``ci``, who asks."""
    password = {"password": password_hash("x", 1)}
    users = {
        f"user-{number}": password if number % 2 else _token(f"t{number}", str(number))
        for number in range(MANY)
    }
    limited = {name: {"projects": ["acme-*", "demo"], **access} for name, access in users.items()}
    return limited | _CI


def many_lines(secret: str) -> list[str]:
    """As many users as the fork keeps them, and ``user-a``, who asks with ``secret``."""
    lines = [f"user-{number}:{password_hash('x', 1)}" for number in range(MANY)]
    return [*lines, f"user-a:{password_hash(secret)}"]


def _token(token_id: str, secret: str) -> dict[str, Any]:
    record = {"id": token_id, "sha256": digest(secret), "expires": "2027-01-31T00:00:00Z"}
    return {"tokens": [record]}


def serve_users(aws: Aws, count: int) -> None:
    """Give every subject the users ``user-0`` and so on, with the passwords ``password-0`` and so on."""
    hashes = {f"user-{number}": password_hash(f"password-{number}") for number in range(count)}
    users: dict[str, Any] = {name: {"password": text, "projects": ["*"]} for name, text in hashes.items()}
    aws.objects["config/users.json"] = json.dumps(our_store(users | _CI)).encode()
    aws.objects["config/users"] = "\n".join(f"{name}:{text}" for name, text in hashes.items()).encode()
    for number in range(count):
        salted = hashlib.sha1(f"password-{number}salt".encode(), usedforsecurity=False).hexdigest()
        value = json.dumps({"password_hash": salted, "password_salt": "salt"})
        aws.parameters[f"/s3pypi/{HOST}/users/user-{number}"] = value
