from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import warnings
from getpass import GetPassWarning
from typing import TYPE_CHECKING, NoReturn

import pytest

from s3pypi_core.secret_input import NoSecret, ask_secret, read_line, read_secret

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_TEXT = b"hunter\xe4\n"
READ = "import sys; from s3pypi_core.secret_input import *; print(repr(read_secret(sys.stdin)))"
ASK = "import getpass; from s3pypi_core.secret_input import *; print(repr(ask_secret(getpass.getpass, '? ')))"


def stream(typed: bytes, errors: str = "strict") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(typed), encoding="utf-8", errors=errors)


@pytest.mark.parametrize(
    ("typed", "secret"),
    [
        ("a b\n", "a b"),
        ("a b\r\n", "a b"),
        ("a b", "a b"),
        (" \ta \t\n", " \ta \t"),
        ("a\r\r\n", "a\r"),
        ("пароль\n", "пароль"),
    ],
)
def test_a_secret_is_one_line_without_its_end_and_nothing_else_is_taken_off(typed: str, secret: str) -> None:
    assert read_secret(io.StringIO(typed, newline="\n")) == secret


@pytest.mark.parametrize("typed", ["", "\n", "\r\n"], ids=["end of input", "empty line", "of Windows"])
def test_an_empty_secret_is_none(typed: str) -> None:
    with pytest.raises(NoSecret, match="no password or token was given; nothing was done"):
        read_secret(io.StringIO(typed, newline="\n"))
    with pytest.raises(NoSecret, match="no password or token was given"):
        ask_secret(lambda _prompt: "", "? ")


@pytest.mark.parametrize("typed", ["one\ntwo\n", "one\n\n", "one\ntwo"])
def test_a_secret_in_several_lines_is_refused_and_one_of_several_may_be_read(typed: str) -> None:
    with pytest.raises(NoSecret, match="more than one line") as caught:
        read_secret(io.StringIO(typed))
    assert "two" not in str(caught.value)
    assert read_line(io.StringIO(typed)) == "one"


@pytest.mark.parametrize("read", [read_secret, read_line])
def test_a_closed_standard_input_gives_no_secret(read: Callable[[None], str]) -> None:
    with pytest.raises(NoSecret, match="no password or token was given"):
        read(None)


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_bytes_that_are_no_text_are_refused_and_not_shown(errors: str) -> None:
    with pytest.raises(NoSecret, match="not text") as caught:
        read_secret(stream(NOT_TEXT, errors))
    assert "hunter" not in str(caught.value)
    with pytest.raises(NoSecret, match="not text"):
        ask_secret(lambda _prompt: stream(NOT_TEXT, errors).readline(), "? ")


def test_a_person_is_asked_with_the_prompt() -> None:
    assert ask_secret(lambda prompt: f"after {prompt}", "Token: ") == "after Token: "


def test_an_end_of_input_at_the_prompt_names_the_other_way() -> None:
    def end_of_input(_prompt: str) -> NoReturn:
        raise EOFError

    with pytest.raises(NoSecret, match="--password-stdin"):
        ask_secret(end_of_input, "? ")


def test_nobody_is_asked_with_an_echo() -> None:
    def echoing(_prompt: str) -> str:
        warnings.warn("Can not control echo on the terminal.", GetPassWarning, stacklevel=2)
        return "visible"  # pragma: no cover - the warning ends it

    with pytest.raises(NoSecret, match="no terminal"):
        ask_secret(echoing, "? ")


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "POSIX"])
def test_a_program_that_pipes_in_what_is_no_text_gets_a_sentence_in_every_locale(locale: str) -> None:
    environ = {**os.environ, "LC_ALL": locale}
    done = subprocess.run(
        [sys.executable, "-c", READ], input=NOT_TEXT, capture_output=True, env=environ, check=False
    )
    assert b"NoSecret: what was given for the password or token is not text" in done.stderr
    assert b"UnicodeEncodeError" not in done.stderr


def test_what_is_typed_on_a_terminal_in_another_encoding_gets_a_sentence() -> None:
    terminal, end = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", ASK], stdin=end, stderr=subprocess.PIPE, start_new_session=True
    ) as program:
        os.close(end)
        assert program.stderr is not None
        # What is typed before the prompt is thrown away.
        assert program.stderr.read(2) == b"? "
        os.write(terminal, NOT_TEXT)
        said = program.stderr.read()
    os.close(terminal)
    assert b"NoSecret: what was given for the password or token is not text" in said
