"""Where our files lie; light, because every look-up of every keyring client asks."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_VARIABLE = "S3PYPI_CONFIG"
_NAME = "config.toml"


def config_paths(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Name the files to read; the one that wins, and that new sections are written to, first.

    They need not exist. Never the current directory: whoever wrote what lies there could name any host.
    """
    if named := environ.get(FILE_VARIABLE):
        return (Path(named),)
    return tuple(folder / _NAME for folder in _of_linux() or _of_platformdirs())


def cache_folder() -> Path:
    """Name the folder for what can be made anew."""
    if _is_plain(home := _xdg("XDG_CACHE_HOME", ".cache")):
        return Path(home, "s3pypi")
    import platformdirs  # noqa: PLC0415  # takes 2 ms to load

    return platformdirs.user_cache_path("s3pypi", appauthor=False)


def _of_platformdirs() -> tuple[Path, ...]:
    import platformdirs  # noqa: PLC0415  # takes 2 ms to load

    return (
        platformdirs.user_config_path("s3pypi", appauthor=False, roaming=False),
        platformdirs.site_config_path("s3pypi", appauthor=False),
    )


def _of_linux() -> tuple[Path, ...] | None:
    """What platformdirs would say, where that is easily told; None where it is not."""
    user = _xdg("XDG_CONFIG_HOME", ".config")
    sites = os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    if not _is_plain(user) or not _is_plain(sites):
        return None
    return Path(user, "s3pypi"), Path(sites.split(os.pathsep)[0], "s3pypi")


def _xdg(variable: str, default: str) -> str:
    home = os.environ.get("HOME", "")
    return os.environ.get(variable) or (f"{home}/{default}" if home else "")


def _is_plain(folder: str) -> bool:
    # XDG Base Directory Specification: "All paths set in these environment variables must be absolute."
    return folder.startswith("/") and sys.platform == "linux" and "ANDROID_ROOT" not in os.environ
