"""That a client which leaks a secret would be caught."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from tests.clients.scene import Scene, open_scene

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://pypi.acme.com/simple/"
SECRET = "a secret of AWS, which looks like nothing special"
SESSION = f"s3ps_{'x' * 40}.{'y' * 43}"


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return open_scene(tmp_path, URL, [], {})


def cache_session(scene: Scene, session: str) -> Path:
    cache = scene.home / ".cache" / "s3pypi" / "session.json"
    cache.parent.mkdir(parents=True)
    cache.write_text(session)
    cache.chmod(0o600)
    return cache


@pytest.mark.parametrize("argument", [SECRET, SESSION])
def test_what_stands_in_the_arguments_of_a_process_is_seen(scene: Scene, argument: str) -> None:
    cache_session(scene, SESSION)
    outcome = scene.run(f"echo said; sleep 0.6; : '{argument}'", [SECRET])
    assert (outcome.code, outcome.output) == (0, "said\n")
    assert any(argument in line for line in outcome.seen)


def test_what_others_do_is_not(scene: Scene) -> None:
    assert not scene.run(f"sleep 0.6; : '{SESSION}'", [SECRET]).seen


@pytest.mark.parametrize("user", ["", "a", "me", "__token__"])
def test_a_header_that_was_written_down_is_found(scene: Scene, user: str) -> None:
    header = base64.b64encode(f"{user}:{SECRET}".encode()).decode()
    (scene.project / "log").write_text(f"Authorization: Basic {header}\n")
    assert scene.leaks([SECRET]) == ["project/log"]


@pytest.mark.parametrize("secret", [SECRET, SESSION])
def test_so_is_a_secret_in_a_file(scene: Scene, secret: str) -> None:
    (scene.home / "log").write_text(f"--{secret}--")
    assert scene.leaks([SECRET]) == ["home/log"]


def test_our_cache_may_hold_it_and_is_nobody_elses(scene: Scene) -> None:
    cache = cache_session(scene, SESSION)
    assert scene.leaks([]) == []
    cache.chmod(0o640)
    assert scene.leaks([]) == ["home/.cache/s3pypi/session.json"]


def test_modules_in_two_environments_are_not_installed(scene: Scene) -> None:
    for folder, module in (("a/site", "acme_core"), ("b/site", "acme_app")):
        (scene.project / folder).mkdir(parents=True)
        (scene.project / folder / f"{module}.py").touch()
    assert scene.has_installed(["acme_core"])
    assert not scene.has_installed(["acme_core", "acme_app"])
