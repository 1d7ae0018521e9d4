"""What a command works on, and how it ends: with an answer, or with an error that scripts can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from s3pypi_core.config.config import config_warnings
from s3pypi_core.errors import Interruption, RepositoryError
from s3pypi_twine.answer import failure, show, to_json
from s3pypi_twine.screen import Screen
from s3pypi_twine.target_options import may_ask, target_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from s3pypi_core.bucket import Bucket
    from s3pypi_core.config.target import Target
    from s3pypi_twine.answer import Answer


class CareInterrupted(Interruption):
    """Ctrl-C: something may be half done."""

    def __init__(self) -> None:
        super().__init__(hint="run the same command again: it finishes what is left to do")


class NotBegun(Interruption):
    """Ctrl-C before anything was begun."""

    def __init__(self) -> None:
        super().__init__("interrupted; nothing was changed")


@dataclass(frozen=True)
class Session:
    """The bucket that the options mean, and the screen that they want; whether anything may be asked."""

    options: argparse.Namespace
    target: Target
    bucket: Bucket
    interactive: bool
    screen: Screen


@dataclass(frozen=True)
class Beginning:
    """What a command knows before it opens the bucket; ``interactive`` says whether it may ask anything."""

    options: argparse.Namespace
    target: Target
    interactive: bool
    screen: Screen

    @classmethod
    def of(cls, options: argparse.Namespace, environ: Mapping[str, str], screen: Screen) -> Beginning:
        """Find out which bucket is meant, and warn of settings that mean nothing. Raises RepositoryError."""
        target = target_of(options, environ)
        for warning in config_warnings(environ):
            screen.warn(warning)
        return cls(options, target, may_ask(options, environ), screen)

    def open(self, told: str) -> Session:
        """Tell who wants to hear everything what begins, and open the bucket; no request is made yet.

        Raises RepositoryError.
        """
        self.screen.tell(told)
        bucket = self.target.open(interactive=self.interactive)
        return Session(self.options, self.target, bucket, self.interactive, self.screen)


def perform(
    act: Callable[[Session], Answer],
    options: argparse.Namespace,
    environ: Mapping[str, str],
    out: TextIO,
    err: TextIO,
) -> int:
    """Let ``act`` do it, and write its answer to ``out``; return 0.

    Raises RepositoryError or Interruption, after what scripts want to know is written.
    """
    screen = Screen.of(options, environ, out, err)
    try:
        beginning = Beginning.of(options, environ, screen)
        answer = act(beginning.open(f"the repository is {beginning.target}"))
    except RepositoryError as error:
        if options.json:
            out.write(failure(error))
        raise
    except KeyboardInterrupt as interruption:
        said = interruption if isinstance(interruption, Interruption) else CareInterrupted()
        if options.json:
            out.write(failure(said))
        raise said from None
    if options.json:
        out.write(to_json(answer))
    else:
        show(answer, screen)
    if answer.error is not None:
        raise answer.error
    return 0
