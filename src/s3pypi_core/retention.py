"""Which releases of a project have had their time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.version import Version

    from s3pypi_core.file import File
    from s3pypi_core.record import Record


@dataclass(frozen=True)
class Retention:
    """What is to stay: the newest ``keep`` releases, or what was uploaded at ``since`` or later.

    ``since`` is written as an upload time is. With ``pre_releases_only`` no other release is looked at.
    """

    keep: int | None = None
    since: str | None = None
    pre_releases_only: bool = False

    def outdated(self, record: Record) -> tuple[File, ...]:
        """The files of the releases that may go, oldest first.

        Never the newest final release, nor the newest that is not yanked, nor a release that was yanked for
        a reason, which would be lost with it. A yanked release is none of the newest that are kept, because
        installers pass it over.
        """
        releases = _releases(record)
        finals = [version for version in releases if not version.is_prerelease]
        chosen = [version for version in releases if version.is_prerelease or not self.pre_releases_only]
        kept = {*_newest(finals, releases), *self._kept(chosen, releases)}
        return tuple(
            file
            for version in chosen
            for file in releases[version]
            if version not in kept and not any(isinstance(each.yanked, str) for each in releases[version])
        )

    def _kept(self, versions: list[Version], releases: dict[Version, list[File]]) -> list[Version]:
        if self.since is not None:
            return [version for version in versions if _uploaded(releases[version]) >= self.since[:19]]
        offered = [version for version in versions if not _is_yanked(releases[version])]
        return offered[-self.keep :] if self.keep else []


def _releases(record: Record) -> dict[Version, list[File]]:
    """The files of each version, oldest version first."""
    releases: dict[Version, list[File]] = {}
    for file in sorted(record.all_files, key=lambda file: file.version):
        releases.setdefault(file.version, []).append(file)
    return releases


def _newest(versions: list[Version], releases: dict[Version, list[File]]) -> list[Version]:
    """The newest, and the newest that is not yanked, as far as there are such."""
    offered = [version for version in versions if not _is_yanked(releases[version])]
    return [*versions[-1:], *offered[-1:]]


def _uploaded(files: list[File]) -> str:
    """When the youngest of the files was uploaded, to the second."""
    return max(file.upload_time[:19] for file in files)


def _is_yanked(files: list[File]) -> bool:
    return all(file.yanked for file in files)
