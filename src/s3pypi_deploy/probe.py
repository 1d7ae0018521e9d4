"""The probe: one wheel, the same bytes everywhere and always, that is uploaded and installed as a proof."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from s3pypi_core.backoff import Backoff
from s3pypi_core.distribution import Distribution
from s3pypi_core.errors import RepositoryError
from s3pypi_core.plan import Plan
from s3pypi_core.upload import upload
from s3pypi_deploy.edge_zip import zip_member
from s3pypi_deploy.patient import FAILED, OK, SKIPPED, Check
from s3pypi_deploy.web import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from s3pypi_core.bucket import Bucket
    from s3pypi_deploy.patient import Patient

    Run = Callable[[Sequence[str], Mapping[str, str]], int]

PROJECT = "s3pypi-probe"
FILENAME = "s3pypi_probe-1.0-py3-none-any.whl"
# Never changed: a repository that has the probe takes the same bytes again, and refuses any others.
SHA256 = "390a009e1a1649cc394df1f8f245fb14c3f16eb655c647ec57023e0e14cc27bd"
_INFO = "s3pypi_probe-1.0.dist-info"
_MEMBERS = {
    "s3pypi_probe.py": b'"""Installed, it proves that a repository works."""\n',
    f"{_INFO}/METADATA": b"Metadata-Version: 2.1\nName: s3pypi-probe\nVersion: 1.0\n"
    b"Summary: Proves that a repository works; it does nothing.\n",
    f"{_INFO}/WHEEL": b"Wheel-Version: 1.0\nGenerator: s3pypi-deploy\n"
    b"Root-Is-Purelib: true\nTag: py3-none-any\n",
}
_RECORD = f"{_INFO}/RECORD"
_JSON = {"Accept": "application/vnd.pypi.simple.v1+json"}
_GOOD = 200
# What has to be in order before anything is published, and before a client is given the credentials.
_NEEDED = ("dns", "tls", "member", "config")
# Nothing but these bytes is installed, and nothing that comes runs code of its own.
_OPTIONS = (
    *("--disable-pip-version-check", "--no-input", "--quiet", "--no-cache-dir", "--no-deps"),
    *("--only-binary", ":all:", "--require-hashes"),
)


def probe_wheel() -> bytes:
    """The wheel."""
    record = "".join(f"{name},sha256={_digest(body)},{len(body)}\n" for name, body in _MEMBERS.items())
    members = {**_MEMBERS, _RECORD: f"{record}{_RECORD},,\n".encode()}
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:  # stored: every zlib compresses in its own way
        for name, body in members.items():
            archive.writestr(zip_member(name), body)
    return wheel.getvalue()


def probe(
    patient: Patient, failed: AbstractSet[str], open_bucket: Callable[[], Bucket], run: Run
) -> list[Check]:
    """Upload the wheel, find it in the index, fetch it, and have pip install it. It stays in the bucket.

    ``failed`` is which checks have failed before. Nothing is sent anywhere where they, or the address, make
    that unsafe or pointless.
    """
    why = _why_not(patient, failed)
    if why:
        return [Check("probe", SKIPPED, why)]
    checks = [_upload(open_bucket)]
    if checks[0].verdict == OK:
        checks.append(_fetch(patient))
    if checks[-1].verdict == OK:
        checks.append(_install(patient, run))
    return checks


def _why_not(patient: Patient, failed: AbstractSet[str]) -> str:
    if not patient.origin.keeps_secrets:
        return "the address is not https: the credentials would go there in clear"
    if wrong := [check for check in _NEEDED if check in failed]:
        return f"mend {', '.join(wrong)} first: nothing was uploaded"
    if patient.credential is None:
        return "no credentials were found to install with"
    return ""


def _upload(open_bucket: Callable[[], Bucket]) -> Check:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, FILENAME)
        path.write_bytes(probe_wheel())
        try:
            plan = Plan.of([Distribution.read(path)])
            report = upload(plan, open_bucket(), backoff=Backoff())
        except RepositoryError as error:
            return Check("probe: upload", FAILED, error.message, error.hint)
    if report.errors:
        return Check("probe: upload", FAILED, report.errors[0].message, report.errors[0].hint)
    return Check("probe: upload", OK, f"{PROJECT} 1.0 {report.outcomes[FILENAME]}")


def _fetch(patient: Patient) -> Check:
    page = f"/simple/{PROJECT}/"
    remedy = "an upload shows at once, unless CloudFront caches the index: run `up` again"
    try:
        index = patient.web.get(patient.origin, page, {**patient.authorization, **_JSON})
        if index.status != _GOOD:
            denied = "the credentials may have to see it: `s3pypi-admin user set NAME --projects '*'`"
            return Check("probe: fetch", FAILED, f"{page} gets {index.status}", denied)
        urls = [file["url"] for file in json.loads(index.body)["files"] if file["filename"] == FILENAME]
        if not urls:
            return Check("probe: fetch", FAILED, f"{page} does not list {FILENAME}", remedy)
        answer = patient.web.get(patient.origin, urlsplit(urljoin(page, urls[0])).path, patient.authorization)
    except (NoAnswer, ValueError, KeyError, TypeError) as error:
        return Check("probe: fetch", FAILED, f"{page} cannot be read: {error}", remedy)
    if (answer.status, hashlib.sha256(answer.body).hexdigest()) != (_GOOD, SHA256):
        return Check("probe: fetch", FAILED, f"{FILENAME} gets {answer.status}, or other bytes", remedy)
    return Check("probe: fetch", OK, "the same bytes come back")


def _install(patient: Patient, run: Run) -> Check:
    user, password = (quote(text, safe="") for text in patient.credential or ("", ""))
    scheme, host, port = patient.origin
    with tempfile.TemporaryDirectory() as folder:
        # In the environment, because everybody on a machine may read the command lines of all.
        environ = {
            "PIP_INDEX_URL": f"{scheme}://{user}:{password}@{host}:{port}/simple/",
            "PIP_CONFIG_FILE": os.devnull,
        }
        wanted, target = Path(folder, "probe.txt"), Path(folder, "installed")
        wanted.write_text(f"{PROJECT}==1.0 --hash=sha256:{SHA256}\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "install", *_OPTIONS, "--target", str(target)]
        status = run([*command, "--requirement", str(wanted)], environ)
        installed = (target / "s3pypi_probe.py").exists()
    if status == 0 and installed:
        return Check("probe: install", OK, "pip installs it")
    remedy = f"try it by hand: pip install --index-url {scheme}://{host}/simple/ {PROJECT}"
    return Check("probe: install", FAILED, f"pip ended with {status}", remedy)


def _digest(body: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()
