"""``doctor``: proves from outside that the repository does what it is there for, and nothing else."""

from __future__ import annotations

import json
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from s3pypi_core.errors import UsageError, repair_hint
from s3pypi_core.origin import Origin
from s3pypi_deploy.hidden import look_for_config
from s3pypi_deploy.patient import FAILED, OK, SKIPPED, Check, Patient
from s3pypi_deploy.web import NoAnswer
from s3pypi_edge.keys import ROOT_RECORD, USERS_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3pypi_deploy.web import Answer, Web
    from s3pypi_deploy.whereabouts import Whereabouts

INDEX = "/simple/"
_JSON = {"Accept": "application/vnd.pypi.simple.v1+json"}
_SKEW = 300.0  # seconds; AWS refuses signatures that are 15 minutes off, and a token may end within minutes
_GOOD, _NOT_FOUND, _UNAUTHORIZED, _FORBIDDEN = 200, 404, 401, 403
_ELSEWHERE = {301, 307, 400}  # S3, of a bucket in another region: by the age of bucket and region
# On each answer that the function makes itself, and on none of S3's refusals.
_NO_STORE = "no-store"
_REGION = re.compile(r"[a-z0-9-]+")


def find_origin(where: Whereabouts) -> Origin:
    """Where the repository answers. Raises UsageError."""
    origin = Origin.parse(where.url) if where.url else None
    if origin is None:
        hint = f"give the domain, or add url to [repositories.{where.name}] in config.toml"
        raise UsageError(f"the address of {where.name} is not known", hint)
    return origin


def find_bucket(where: Whereabouts) -> tuple[Origin, str] | None:
    """Where the bucket itself answers, and the path before a key; None where it is not known."""
    if where.bucket is None:
        return None
    if where.endpoint_url:
        origin = Origin.parse(where.endpoint_url)
        return origin and (origin, f"/{where.bucket}/")
    host = (
        f"{where.bucket}.s3.{where.region}.amazonaws.com"
        if where.region
        else f"{where.bucket}.s3.amazonaws.com"
    )
    return Origin("https", host, 443), "/"


def examine(patient: Patient) -> Iterator[Check]:
    """Make all checks, one after the other. Nothing is changed."""
    if not patient.origin.keeps_secrets:  # no credentials go there, not even ours
        remedy = "write its https address into config.toml"
        yield Check("tls", FAILED, "the address is not https", remedy)
        return
    addresses = patient.resolve(patient.origin.host)
    if not addresses:
        remedy = "let it be an alias or a CNAME of the distribution: `status` names it; DNS may take minutes"
        yield Check("dns", FAILED, f"{patient.origin.host} has no address", remedy)
        return
    yield Check("dns", OK, f"{patient.origin.host} is {', '.join(addresses[:2])}")
    yield from _examine_there(patient)


def _examine_there(patient: Patient) -> Iterator[Check]:
    try:
        stranger = patient.web.get(patient.origin, INDEX)
    except NoAnswer as error:
        yield _unreachable(error)
        return
    yield _tls(patient)
    yield _stranger(stranger)
    yield _plain_http(patient)
    yield _clock(stranger, patient.now())
    yield _member(patient)
    yield look_for_config(patient)
    yield _bucket(patient)


def _unreachable(error: NoAnswer) -> Check:
    if error.is_tls:
        remedy = "the certificate has to be issued and name this host: `status` shows it"
        return Check("tls", FAILED, error.message, remedy)
    remedy = "a new distribution takes 10 minutes until all places know it; otherwise see `status`"
    return Check("tls", FAILED, error.message, remedy)


def _tls(patient: Patient) -> Check:
    if patient.origin.scheme == "https":
        return Check("tls", OK, "the certificate is valid for the host")
    return Check("tls", SKIPPED, "the repository is on this machine")


def _stranger(answer: Answer) -> Check:
    challenge = answer.headers.get("www-authenticate", "")
    if answer.status == _UNAUTHORIZED and challenge.lower().startswith("basic "):
        return Check("stranger", OK, "gets 401, and is asked for credentials")
    remedies = {
        _GOOD: "the function is not in front of the bucket: run `up` again, and look at the distribution",
        _FORBIDDEN: "CloudFront or WAF answers before the function does; clients wait for a 401",
        503: "the function cannot read its user store: `s3pypi-admin user list` shows whether it is whole",
    }
    remedy = remedies.get(answer.status, "the function's log says why; `status` shows whether it is current")
    return Check("stranger", FAILED, f"gets {answer.status} instead of 401", remedy)


def _plain_http(patient: Patient) -> Check:
    if patient.origin.scheme == "http":
        return Check("http", SKIPPED, "the repository is on this machine")
    try:
        answer = patient.web.get(Origin("http", patient.origin.host, 80), INDEX)
    except NoAnswer:
        return Check("http", OK, "nobody answers")
    if answer.status == _FORBIDDEN:
        return Check("http", OK, "gets 403 and nothing else")
    # A redirect, or a challenge, makes a client send its password in clear first.
    remedy = "the distribution's viewer protocol policy has to be https-only: run `up` again"
    return Check("http", FAILED, f"gets {answer.status}", remedy)


def _clock(answer: Answer, now: float) -> Check:
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except ValueError:
        return Check("clock", SKIPPED, "the answer has no date")
    skew = now - theirs
    if abs(skew) <= _SKEW:
        return Check("clock", OK, f"{abs(skew):.0f} s apart")
    side = "ahead" if skew > 0 else "behind"
    return Check("clock", FAILED, f"this machine is {abs(skew):.0f} s {side}", "set the clock: use NTP")


def _member(patient: Patient) -> Check:
    if patient.credential is None:
        hint = "set S3PYPI_TOKEN, or `s3pypi-keyring login`, and run this again"
        return Check("member", SKIPPED, f"no credentials were found: {hint}")
    try:
        answer = patient.web.get(patient.origin, INDEX, {**patient.authorization, **_JSON})
    except NoAnswer as error:
        return Check("member", FAILED, error.message, "run this again; the function may just be new there")
    return _let_in(answer)


def _let_in(answer: Answer) -> Check:
    """What is found where a member gets an answer."""
    if answer.status == _GOOD:
        if _is_json(answer.body):
            return Check("member", OK, "gets 200 and the index")
        return Check("member", FAILED, "gets 200, and not an index", "look at the distribution's origin")
    if answer.status == _NOT_FOUND:
        return _not_shown(answer)
    remedy = "the credentials are refused: `s3pypi-admin user list` and `token list` show who comes in"
    return Check("member", FAILED, f"gets {answer.status}", remedy)


def _not_shown(answer: Answer) -> Check:
    """Of a 404: the function says it to members who may not see the index, S3 where there is none."""
    if _NO_STORE in answer.headers.get("cache-control", ""):
        hint = "let it find credentials of somebody with *, and run this again"
        said = "is let in, but may see some projects only, so that 200 could not be proven"
        return Check("member", SKIPPED, f"{said}: {hint}")
    said = "is let in, and gets 404 from the bucket: it has no list of projects"
    return Check("member", FAILED, said, repair_hint())


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _bucket(patient: Patient) -> Check:
    if patient.s3 is None:
        return Check("bucket", SKIPPED, "its name is not known: config.toml or --bucket says it")
    return _refusing(patient.web, *patient.s3)


def _refusing(web: Web, origin: Origin, before: str, *, moved: bool = False) -> Check:
    """Ask the bucket for what only CloudFront may have; once more where S3 says that it lies elsewhere."""
    for key in ("", ROOT_RECORD, USERS_KEY):
        try:
            answer = web.get(origin, f"{before}{key}")
        except NoAnswer as error:
            return Check("bucket", SKIPPED, f"cannot be asked: {error.message}")
        home = None if moved else _home(origin, answer)
        if home is not None:
            return _refusing(web, home, before, moved=True)
        if answer.status != _FORBIDDEN:
            return _not_refused(key, answer)
    return Check("bucket", OK, "refuses anonymous and direct reads")


def _home(origin: Origin, answer: Answer) -> Origin | None:
    """Where S3 says that a bucket is, if it says so of one that is somewhere else."""
    bucket, _, host = origin.host.rpartition(".s3.")
    region = answer.headers.get("x-amz-bucket-region", "")
    if answer.status not in _ELSEWHERE or not host.endswith("amazonaws.com") or not _REGION.fullmatch(region):
        return None
    return Origin("https", f"{bucket}.s3.{region}.amazonaws.com", 443)


def _not_refused(key: str, answer: Answer) -> Check:
    """S3 did not say no. Only an answer with what was asked for says that the bucket is open."""
    asked = key or "the list"
    if answer.status // 100 == _GOOD // 100:
        remedy = "block all public access of the bucket, and run `up` again: a policy was changed by hand"
        return Check("bucket", FAILED, f"{asked} gets {answer.status} without CloudFront", remedy)
    if answer.status in _ELSEWHERE:
        return Check("bucket", SKIPPED, "its region is not known: give --region")
    if answer.status == _NOT_FOUND and not key:
        return Check("bucket", SKIPPED, "there is no bucket of that name: config.toml or --bucket says it")
    return Check("bucket", SKIPPED, f"cannot be asked: {asked} gets {answer.status}")
