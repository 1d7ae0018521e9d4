"""From the name of a command to its code, which is loaded only when it runs: ``--help`` is instant."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, TextIO, cast

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    Command: TypeAlias = Callable[[argparse.Namespace, Mapping[str, str], TextIO, TextIO], int]
    Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # argparse has no other name for it


def late(name: str) -> Command:
    """The function of this name in the module of this name, as the ``command`` of a parser."""

    def command(options: argparse.Namespace, environ: Mapping[str, str], out: TextIO, err: TextIO) -> int:
        found = cast("Command", getattr(import_module(f"s3pypi_twine.{name}"), name))
        return found(options, environ, out, err)

    return command
