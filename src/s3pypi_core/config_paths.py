"""Where the configuration lies; light, because every look-up of every keyring client asks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

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
    folders = (
        platformdirs.user_config_path("s3pypi", appauthor=False, roaming=False),
        platformdirs.site_config_path("s3pypi", appauthor=False),
    )
    return tuple(folder / _NAME for folder in folders)
