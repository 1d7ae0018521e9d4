"""What nobody may read over HTTP: the two files of ``config/``, asked for by every route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_deploy.patient import FAILED, OK, SKIPPED, Check
from s3pypi_deploy.web import NoAnswer
from s3pypi_edge.keys import SIGNING_KEYS_KEY, USERS_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_deploy.patient import Patient
    from s3pypi_deploy.web import Answer

# Each way that has led to what lies beside the packages somewhere: plain, dotted, encoded, doubled.
ROUTES = (
    "/{0}/{1}",
    "/simple/{0}/{1}",
    "/packages/{0}/{1}",
    "/../{0}/{1}",
    "/simple/../{0}/{1}",
    "/simple/../../{0}/{1}",
    "/simple/demo/../../{0}/{1}",
    "/%2e%2e/{0}/{1}",
    "/simple/%2e%2e/{0}/{1}",
    "/simple/..%2f{0}/{1}",
    "/simple/%2e%2e%2f{0}%2f{1}",
    "//{0}/{1}",
    "/simple//{0}/{1}",
    "/simple/..\\{0}\\{1}",
    "/{0}%2f{1}",
    "/%252e%252e/{0}/{1}",
)
ADDRESSES = tuple(route.format(*key.split("/")) for key in (USERS_KEY, SIGNING_KEYS_KEY) for route in ROUTES)
_PATIENCE = 3
_GOOD, _UNAUTHORIZED, _TOO_MANY, _TROUBLE = 200, 401, 429, 500


def look_for_config(patient: Patient) -> Check:
    """Ask for both files by every route, as a stranger and as a member; both have to be refused each time.

    Where nobody answers, or somebody who cannot judge now, no way was proven to be closed.
    """
    callers = [{}, patient.authorization] if patient.authorization else [{}]
    requests = [(path, headers) for path in ADDRESSES for headers in callers]
    unclear: list[tuple[str, Answer | None]] = []
    refused, is_member = 0, False
    for path, headers in requests:
        answer = _ask(patient, path, headers)
        if answer is not None and _gives_away(answer):
            return _leak(path, answer)
        if answer is not None and _judges(answer):
            refused += 1
            is_member = is_member or (bool(headers) and answer.status != _UNAUTHORIZED)
        else:
            unclear.append((path, answer))
        if sum(_is_not_worth_more(answer) for _, answer in unclear) == _PATIENCE:
            break
    as_whom = "as a stranger and as a member" if is_member else "as a stranger only"
    told = f"{refused} of {len(requests)} requests by {len(ROUTES)} routes were refused, {as_whom}"
    return _proven(told, unclear)


def _proven(told: str, unclear: list[tuple[str, Answer | None]]) -> Check:
    if not unclear:
        return Check("config", OK, told)
    if all(answer is not None and answer.status == _TOO_MANY for _, answer in unclear):
        hint = "wait 5 minutes, or let --waf-rate allow more, and run this again"
        return Check("config", SKIPPED, f"{told}; then the rate limit answered: {hint}")
    shown = [f"{path} gets {answer.status if answer else 'no answer'}" for path, answer in unclear]
    more = [f"{len(shown) - _PATIENCE} more likewise"] if len(shown) > _PATIENCE else []
    remedy = "run this again when the repository answers each time"
    return Check("config", FAILED, f"{told}; {', '.join([*shown[:_PATIENCE], *more])}", remedy)


def _ask(patient: Patient, path: str, headers: Mapping[str, str]) -> Answer | None:
    try:
        return patient.web.get(patient.origin, path, headers)
    except NoAnswer:
        return None


def _gives_away(answer: Answer) -> bool:
    is_success = answer.status // 100 == _GOOD // 100
    return is_success or b'"users"' in answer.body or b'"keys"' in answer.body


def _judges(answer: Answer) -> bool:
    """Whether the answer is one to this caller and this path, and not that of a server in trouble."""
    return answer.status < _TROUBLE and answer.status != _TOO_MANY


def _is_not_worth_more(answer: Answer | None) -> bool:
    """Whether to ask on takes long, or gets the same each time."""
    return answer is None or answer.status == _TOO_MANY


def _leak(path: str, answer: Answer) -> Check:
    remedy = "run `down` now, replace all passwords, tokens and signing keys, and report it"
    return Check("config", FAILED, f"{path} gets {answer.status}", remedy)
