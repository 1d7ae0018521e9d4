"""The files in which sessions are kept, and the lock around them."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

import pytest

from s3pypi_keyring.locks import exclusive
from s3pypi_keyring.session_cache import Failure, Session, SessionCache

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://pypi.acme.com"
NOW = 1_800_000_000.0
SESSION = Session("s3ps_a.b", NOW + 3600)
FAILURE = Failure("it failed", "mend it", NOW, 1, "evidence")


@pytest.fixture
def cache(tmp_path: Path) -> SessionCache:
    return SessionCache(tmp_path / "s3pypi")


def only(cache: SessionCache) -> Path:
    (path,) = cache.folder.iterdir()
    return path


def test_what_is_kept_is_found_again_until_half_an_hour_before_its_end(cache: SessionCache) -> None:
    assert cache.session("a", NOW) is None
    cache.keep("a", URL, SESSION)
    assert cache.session("a", NOW) == SESSION
    assert cache.session("a", NOW + 1800) == SESSION
    assert cache.session("a", NOW + 1801) is None
    assert cache.session("b", NOW) is None
    assert cache.failure("a", NOW) is None
    assert "s3ps" not in repr(SESSION)


def test_the_file_and_its_folder_are_their_owners(cache: SessionCache) -> None:
    cache.keep("a", URL, SESSION)
    assert only(cache).stat().st_mode & 0o777 == 0o600
    assert cache.folder.stat().st_mode & 0o777 == 0o700


def test_a_failure_is_remembered_for_half_a_minute(cache: SessionCache) -> None:
    cache.keep("a", URL, FAILURE)
    assert cache.failure("a", NOW + 29) == FAILURE
    assert cache.failure("a", NOW + 30) is None
    assert cache.failure("a", NOW - 1) is None  # the clock was set back
    assert cache.session("a", NOW) is None
    cache.keep("a", URL, SESSION)
    assert cache.failure("a", NOW) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"version": 2}',
        '{"version": 1, "session": null}',
        '{"version": 1, "session": {"token": 1, "expires": 9999999999}}',
        '{"version": 1, "session": {"token": "s3ps_a.b", "expires": "soon"}}',
        '{"version": 1, "failure": {"at": 1}}',
    ],
)
def test_a_damaged_file_is_no_session(text: str, cache: SessionCache) -> None:
    cache.keep("a", URL, SESSION)
    only(cache).write_text(text, encoding="utf-8")
    assert cache.session("a", NOW) is None
    assert cache.failure("a", NOW) is None


def test_a_file_that_others_may_read_or_that_is_a_link_is_not_trusted(
    cache: SessionCache, tmp_path: Path
) -> None:
    cache.keep("a", URL, SESSION)
    path = only(cache)
    path.chmod(0o640)
    assert cache.session("a", NOW) is None
    path.chmod(0o600)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert cache.session("a", NOW) is None
    path.unlink()
    os.mkfifo(path, 0o600)
    assert cache.session("a", NOW) is None


def test_without_a_folder_to_write_to_things_last_as_long_as_the_process(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = SessionCache(tmp_path / "file" / "s3pypi")
    with cache.lock("a", 1):
        cache.keep("a", URL, SESSION)
    assert cache.session("a", NOW) is None  # a file that is no folder is not "no such file"
    cache = SessionCache(tmp_path / "s3pypi")
    cache.folder.mkdir()
    (cache.folder / "session-a.json").mkdir()
    cache.keep("a", URL, SESSION)
    (cache.folder / "session-a.json").rmdir()
    assert cache.session("a", NOW) == SESSION
    assert cache.forget(URL) == [URL]
    assert cache.session("a", NOW) is None


def test_forgetting_is_for_one_address_or_for_all(cache: SessionCache) -> None:
    cache.keep("a", URL, SESSION)
    cache.keep("b", "https://other.acme.com", SESSION)
    cache.keep("c", "https://third.acme.com", FAILURE)
    assert cache.forget(URL) == [URL]
    assert cache.session("a", NOW) is None
    assert cache.session("b", NOW) == SESSION
    assert cache.forget() == ["https://other.acme.com"]
    assert cache.forget() == []
    assert list(cache.folder.iterdir()) == []


def test_old_files_are_swept_away(cache: SessionCache) -> None:
    cache.keep("a", URL, SESSION)
    old = time.time() - 3 * 86_400
    os.utime(only(cache), (old, old))
    cache.keep("b", URL, SESSION)
    assert only(cache).name == "session-b.json"


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(cache: SessionCache) -> None:
    (cache.folder / "session-a.json").mkdir(parents=True)
    cache.keep("a", URL, SESSION)
    assert only(cache).is_dir()


def test_the_lock_is_held_by_one_thread_at_a_time(tmp_path: Path) -> None:
    inside, most = list[int](), list[int]()

    def enter() -> None:
        with exclusive(tmp_path / "lock", 10):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.001)
            inside.pop()

    threads = [threading.Thread(target=enter) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 20


def test_a_lock_that_is_not_free_in_time_is_a_timeout(tmp_path: Path) -> None:
    with exclusive(tmp_path / "lock", 1), pytest.raises(TimeoutError), exclusive(tmp_path / "lock", 0.01):
        raise AssertionError  # pragma: no cover - nobody comes here


def test_a_lock_of_another_process_is_waited_for(tmp_path: Path) -> None:
    # The same file under another name is another lock for threads, as it is for another process.
    (tmp_path / "link").symlink_to(tmp_path)
    with (
        exclusive(tmp_path / "lock", 1),
        pytest.raises(TimeoutError),
        exclusive(tmp_path / "link" / "lock", 0.05),
    ):
        raise AssertionError  # pragma: no cover - nobody comes here
    with exclusive(tmp_path / "link" / "lock", 0.05):
        assert (tmp_path / "lock").exists()


def test_where_files_cannot_be_locked_threads_still_take_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(_descriptor: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("s3pypi_keyring.locks._try_to_lock", unsupported)
    with exclusive(tmp_path / "lock", 1):
        assert (tmp_path / "lock").exists()
    with exclusive(tmp_path / "no folder" / "lock", 1):
        assert not (tmp_path / "no folder").exists()
