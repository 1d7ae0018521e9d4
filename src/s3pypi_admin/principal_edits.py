"""Edits of the principals in the user store: each takes the JSON document and returns a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from s3pypi_admin.errors import PrincipalExists, UnknownPrincipal
from s3pypi_edge.principals import check_arn
from s3pypi_edge.users import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s3pypi_admin.document import Document


class PrincipalRecord(NamedTuple):
    """A principal as the store keeps it. Times are like ``2027-01-31T00:00:00Z``; None is for no end."""

    arn: str
    projects: list[str]
    not_before: str
    expires: str | None


class NewPrincipal:
    """A principal that is to be added; ``now`` is asked each time it is tried."""

    def __init__(self, arn: str, projects: list[str], expires: str | None, now: Callable[[], float]) -> None:
        self._record = PrincipalRecord(arn, projects, "", expires)
        self._now = now

    def add(self, document: Document) -> Document:
        """Add it. Raises PrincipalExists."""
        # Removing a principal and adding it again must not bring back the sessions that it had.
        self._record = self._record._replace(not_before=format_time(self._now() - 1))
        return add_principal(document, self._record)

    def is_in(self, document: Document) -> bool:
        """Whether it was added as ``add`` tried it last. Raises PrincipalExists."""
        return was_added(document, self._record)


class Revocation:
    """The end of a principal's sessions; ``now`` is asked each time it is tried."""

    def __init__(self, arn: str, now: Callable[[], float]) -> None:
        self._arn = arn
        self._now = now
        self.not_before = ""

    def apply(self, document: Document) -> Document:
        """Refuse the sessions that were made until now. Raises UnknownPrincipal."""
        self.not_before = format_time(self._now())
        return revoke_sessions(document, self._arn, self.not_before)

    def is_in(self, document: Document) -> bool:
        """Whether the sessions were revoked as ``apply`` tried it last, or later still."""
        return was_revoked(document, self._arn, self.not_before)


def find_principal(document: Document, arn: str) -> str:
    """The ARN under which the store keeps a principal. Raises UnknownPrincipal.

    What the edge leaves out, because it is none, is found too, so that it can be removed.
    """
    spellings = [arn, *_spelling(arn)]
    for spelling in spellings:
        if has_principal(document, spelling):
            return spelling
    raise UnknownPrincipal(spellings[-1], [known for known in map(_arn, _principals(document)) if known])


def has_principal(document: Document, arn: str) -> bool:
    """Whether there is a record of that ARN, good or bad."""
    return arn in map(_arn, _principals(document))


def refuse_principal(document: Document, arn: str) -> None:
    """Raise PrincipalExists for an ARN that is there."""
    if has_principal(document, arn):
        raise PrincipalExists(arn)


def add_principal(document: Document, record: PrincipalRecord) -> Document:
    """Append a principal. Raises PrincipalExists."""
    refuse_principal(document, record.arn)
    return {**document, "principals": [*_principals(document), record._asdict()]}


def was_added(document: Document, record: PrincipalRecord) -> bool:
    """Whether the principal is there as ``add_principal`` adds it.

    Raises PrincipalExists for one of that ARN that is not the same.
    """
    if not has_principal(document, record.arn):
        return False
    if record._asdict() in _principals(document):
        return True
    raise PrincipalExists(record.arn, meanwhile=True)


def remove_principal(document: Document, arn: str) -> Document:
    """Remove every record of that ARN. Raises UnknownPrincipal."""
    found = find_principal(document, arn)
    kept = [record for record in _principals(document) if _arn(record) != found]
    return {**document, "principals": kept}


def revoke_sessions(document: Document, arn: str, not_before: str) -> Document:
    """Refuse the sessions of a principal that were made up to ``not_before``. Raises UnknownPrincipal.

    A later time that is there stays.
    """
    found = find_principal(document, arn)
    revoked = [
        record
        if _arn(record) != found or _is_revoked(record, not_before)
        else {**record, "not_before": not_before}
        for record in _principals(document)
    ]
    return {**document, "principals": revoked}


def was_revoked(document: Document, arn: str, not_before: str) -> bool:
    """Whether the sessions were revoked as ``revoke_sessions`` does it, or later still."""
    kept = [record for record in _principals(document) if _arn(record) == arn]
    return bool(kept) and all(_is_revoked(record, not_before) for record in kept)


def _is_revoked(record: Mapping[str, object], not_before: str) -> bool:
    kept = record.get("not_before")
    return isinstance(kept, str) and kept >= not_before  # times of this form are ordered as texts


def _spelling(arn: str) -> list[str]:
    try:
        return [check_arn(arn)]
    except ValueError:
        return []


def _principals(document: Document) -> list[Any]:
    principals = document.get("principals")
    return principals if isinstance(principals, list) else []


def _arn(record: object) -> str | None:
    arn = record.get("arn") if isinstance(record, dict) else None
    return arn if isinstance(arn, str) else None
