"""Moving in: files of another place become files of this repository, with what is known of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from s3pypi_core.errors import Interruption, RepositoryError
from s3pypi_core.move_in.move_project import take_project
from s3pypi_core.move_in.moving import Row, sentence
from s3pypi_core.progress import Stopped
from s3pypi_core.root_index import RootIndex, name_projects
from s3pypi_edge.keys import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from s3pypi_core.move_in.moving import Moving
    from s3pypi_core.move_in.offer import Source


class MoveInterrupted(Interruption):
    """Ctrl-C; says how many files were taken until then."""

    def __init__(self, rows: Sequence[Row]) -> None:
        taken = sum(row.result == "taken" and bool(row.filename) and row.is_of_file for row in rows)
        super().__init__(
            f"interrupted: {taken} files were taken",
            "run the same command again: it goes on with what is left",
        )


def move_in(move: Moving, names: Sequence[str], *, jobs: int) -> list[Row]:
    """Take every file of ``names`` (or of all projects) that is not there; say what became of each.

    ``jobs`` files travel at the same time. ``move.rows`` tell what was done even if something ends it: what
    they call taken is listed, and shows unless a row of the project says why not.
    Raises NoRepository, BucketError, what ``source.projects`` raises, and MoveInterrupted.
    """
    root = RootIndex.read(move.bucket)
    try:
        try:
            _take_projects(move, root, names, jobs)
        finally:
            _name(move, root)
    except KeyboardInterrupt:
        raise MoveInterrupted(move.rows) from None
    except Stopped:
        pass  # because of what is raised here
    finally:
        move.rows.sort(key=_place)
    if move.denied is not None:
        raise move.denied
    return move.rows


def _place(row: Row) -> tuple[object, ...]:
    """Where it stands in the report: a yank after its file, and the status last."""
    return row.project, bool(row.status), row.filename, row.yanked, row.result


def _take_projects(move: Moving, root: RootIndex, names: Sequence[str], jobs: int) -> None:
    with ThreadPoolExecutor(jobs) as files, ThreadPoolExecutor(jobs) as projects:
        try:
            found = _once(move.source, names or move.source.projects())
            tasks = [projects.submit(_take, move, root, name, files) for name in found]
            for task in tasks:
                task.result()
        except BaseException as error:
            move.stop.set()
            if isinstance(error, KeyboardInterrupt):
                move.watch.stopping()
            for pool in (projects, files):
                pool.shutdown(cancel_futures=True)
            raise


def _once(source: Source, names: Iterable[str]) -> Iterator[str]:
    """The names, but none that leads to the same files as one before it."""
    spellings: dict[str, list[str]] = {}
    for name in names:
        others = spellings.setdefault(_normalized(name), [])
        if not any(name == other or source.is_one(name, other) for other in others):
            others.append(name)
            yield name


def _normalized(name: str) -> str:
    try:
        return normalize(name)
    except ValueError:  # which gets a row later
        return name


def _take(move: Moving, root: RootIndex, name: str, files: ThreadPoolExecutor) -> None:
    """Take one project; what goes wrong with it ends with a row, and not the rest."""
    move.go_on()
    try:
        project = normalize(name)
        offers = move.source.offers(name)
    except (RepositoryError, OSError, ValueError) as error:
        move.say(Row(name, "", None, "failed", sentence(error)))
        return
    try:
        take_project(move, project, offers, files, known=project in root.root)
    except RepositoryError as error:
        move.say(Row(name, "", None, "failed", move.explain(error)))


def _name(move: Moving, root: RootIndex) -> None:
    """Let the root name every project that lists a file."""
    if not move.filled:
        return
    try:
        name_projects(move.bucket, root, move.filled, move.backoff, read_first=True)
    except RepositoryError as error:
        reason = f"the list of projects does not name it yet: {move.explain(error)}"
        for project in move.filled:
            if project not in root.root:
                move.say(Row(project, "", None, "failed", reason))
