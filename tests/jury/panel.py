"""Who sits on the jury, for a project and for the root, and how it gives its verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from tests.jury import object_checks, page_checks, readers, record_checks, root_checks
from tests.jury.exhibit import Exhibit

if TYPE_CHECKING:
    from types import ModuleType

Juror = Callable[[Exhibit], Iterable[str]]


def _jurors(*modules: ModuleType) -> dict[str, Juror]:
    """Every public function that a module defines, by a name that reads as a sentence."""
    return {
        name.replace("_", " "): juror
        for module in modules
        for name, juror in vars(module).items()
        if not name.startswith("_") and getattr(juror, "__module__", "") == module.__name__
    }


_READERS = _jurors(readers)
PROJECT = {
    **{name: juror for name, juror in _READERS.items() if " root " not in name},
    **_jurors(record_checks, object_checks, page_checks),
}
ROOT = {
    **{name: juror for name, juror in _READERS.items() if " root " in name or "html5lib" in name},
    **_jurors(root_checks),
    **{
        name: PROJECT[name]
        for name in (
            "the text is strict json",
            "meta says the version and nothing else",
            "the page has only plain elements",
            "every object has the right headers",
        )
    },
}


def objections(exhibit: Exhibit, jury: Mapping[str, Juror]) -> dict[str, str]:
    """What each juror holds against the exhibit; empty if all accept it."""
    heard = {name: _objection(juror, exhibit) for name, juror in jury.items()}
    return {name: objection for name, objection in heard.items() if objection}


def _objection(juror: Juror, exhibit: Exhibit) -> str:
    try:
        return "; ".join(juror(exhibit))
    except Exception as error:  # noqa: BLE001 - whatever a reader raises is its objection
        return f"{type(error).__name__}: {error}"
