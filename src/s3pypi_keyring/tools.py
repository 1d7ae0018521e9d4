"""Giving credentials to a tool that keeps its own: uv's store, or the ``.netrc`` that most clients read."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from s3pypi_core.errors import RepositoryError, UsageError
from s3pypi_keyring.environment import TOKEN_USER, is_token
from s3pypi_keyring.netrc_file import has_entry, with_entry, without_entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_core.origin import Origin

_PATIENCE = 60  # seconds


class ToolError(RepositoryError):
    """A tool did not take the credentials, or did not forget them."""


class Tool(Protocol):
    """Something that keeps credentials by host."""

    def require(self) -> None:
        """Raise ToolError when it cannot take any."""
        ...

    def write(self, origin: Origin, username: str, password: str) -> str:
        """Give it credentials; return what to call where they are. Raises ToolError."""
        ...

    def delete(self, origin: Origin) -> bool:
        """Take them away; return whether there were any. Raises ToolError."""
        ...

    def remains(self, origin: Origin) -> str:
        """Name the place where there are credentials that login may not have put there. Raises ToolError."""
        ...


class Uv:
    """The store of ``uv auth``. uv finds what is in it without a keyring and without a user name."""

    def __init__(self, program: str) -> None:
        self._program = program

    def require(self) -> None:
        """See Tool.require. It was found."""

    def write(self, origin: Origin, username: str, password: str) -> str:
        """See Tool.write."""
        # On standard input: command lines are there for everyone on the machine to see.
        done = self._run("login", origin, "--username", username, "--password", "-", secret=password)
        if done.returncode:
            hint = "run: uv auth --help; if there is no such command: uv self update"
            raise ToolError("uv auth login failed; nothing was stored", hint)
        return "uv's store (uv auth dir says where)"

    def delete(self, origin: Origin) -> bool:
        """See Tool.delete."""
        codes = [self._run("logout", origin, "--username", name).returncode for name in self._names(origin)]
        return 0 in codes

    def remains(self, origin: Origin) -> str:
        """See Tool.remains. It forgets all that it has."""
        del origin
        return ""

    def _names(self, origin: Origin) -> set[str]:
        """The user names that uv may know there: without the right one it forgets nothing."""
        folder = self._run("dir", origin).stdout.strip()
        try:
            text = Path(folder, "credentials.toml").read_text(encoding="utf-8")
        except (OSError, ValueError):
            return {TOKEN_USER}
        return {TOKEN_USER, *_USERNAME.findall(text)}

    def _run(
        self, command: str, origin: Origin, *options: str, secret: str = ""
    ) -> subprocess.CompletedProcess[str]:
        service = f"{origin.scheme}://{origin.address}/"
        try:
            return subprocess.run(  # noqa: S603  # found on PATH, by its own name
                [self._program, "--no-config", "auth", command, service, *options],
                input=secret,
                capture_output=True,
                text=True,
                check=False,
                timeout=_PATIENCE,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise ToolError(f"uv cannot be run ({type(error).__name__})", "run: uv --version") from None


_USERNAME = re.compile(r'^username = "([^"\\]+)"', re.MULTILINE)


class Netrc:
    """A ``.netrc``: pip, uv, curl and git take what stands there before they ask a keyring."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def require(self) -> None:
        """See Tool.require."""
        self._read()

    def write(self, origin: Origin, username: str, password: str) -> str:
        """See Tool.write."""
        try:
            after = with_entry(self._read(), origin.host, username, password)
        except ValueError:
            hint = "log in with a token instead"
            raise ToolError("the user name or password cannot stand in a .netrc", hint) from None
        self._replace(after)
        return str(self._path)

    def delete(self, origin: Origin) -> bool:
        """See Tool.delete."""
        before = self._read()
        after = without_entry(before, origin.host, _is_ours)
        if after != before:
            self._replace(after)
        return after != before

    def remains(self, origin: Origin) -> str:
        """See Tool.remains. The entry may be about another port, where other people's services are."""
        return str(self._path) if has_entry(self._read(), origin.host) else ""

    def _read(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, ValueError) as error:
            raise self._unusable(error) from error

    def _replace(self, text: str) -> None:
        path = self._path.resolve()  # a link that a dotfiles manager made stays a link
        try:
            descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}-")  # with mode 0600
            new = Path(name)
            try:
                with open(descriptor, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123  # a descriptor
                    file.write(text)
                new.replace(path)
            except OSError:
                new.unlink()
                raise
        except OSError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> ToolError:
        problem = getattr(error, "strerror", None) or "it is not text"
        return ToolError(f"{self._path} cannot be used ({problem})", "make it a file that you may write")


def _is_ours(username: str, password: str) -> bool:
    return username == TOKEN_USER or is_token(password)


def find_tool(name: str, environ: Mapping[str, str]) -> Tool:
    """The tool of that name. Raises UsageError where it is not installed."""
    if name == "netrc":
        return Netrc(netrc_path(environ))
    program = shutil.which("uv", path=environ.get("PATH"))
    if program is None:
        raise UsageError("there is no uv on PATH", "install it, or leave out --tool uv")
    return Uv(program)


def find_tools(environ: Mapping[str, str]) -> list[Tool]:
    """All tools that may have been given credentials."""
    program = shutil.which("uv", path=environ.get("PATH"))
    return [Netrc(netrc_path(environ)), *([Uv(program)] if program else [])]


def netrc_path(environ: Mapping[str, str]) -> Path:
    """The file that requests and uv read: the one NETRC names, or else the user's own."""
    if named := environ.get("NETRC"):
        return Path(named)
    home = Path("~").expanduser()
    windows = home / "_netrc"
    return windows if sys.platform == "win32" and windows.exists() else home / ".netrc"
