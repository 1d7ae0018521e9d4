"""What is common to all clients: how they are run, and what must be true of them."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING

from tests.clients.bench import OURS
from tests.clients.scene import MODULES, holds_secret, open_scene
from tests.clients.shop import aws

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tests.clients.bench import Bench
    from tests.clients.scene import Outcome, Scene
    from tests.clients.shop import Shop

ADVICE = "s3pypi-admin principal add"


@dataclass(frozen=True)
class Client:
    """A client, and a way to use it.

    ``packages`` are its environment; ``snippet`` names the lines that configure it, which are added to the
    ``files`` of the project. ``command`` is for a shell, which finds ``programs`` of that environment (the
    first word of the command, where they are not given). ``lookups`` is how often a run asks for credentials,
    ``complaint`` what it says to who was revoked, ``modules`` what it has to install. ``places`` are
    variables that hold the folder of another environment. It ``lets_speak`` our backend to a person.
    """

    name: str
    packages: tuple[str, ...]
    command: str
    snippet: str
    _: KW_ONLY
    lookups: int
    programs: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    complaint: str = r"\b401\b"
    modules: tuple[str, ...] = MODULES
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lets_speak: bool = True

    def __str__(self) -> str:
        return self.name

    def scene(self, bench: Bench, folder: Path, url: str, credentials: Mapping[str, str]) -> Scene:
        """Prepare a run. Whoever has not our backend beside it finds our ``keyring`` on its path."""
        mine = self.programs or (self.command.split()[0],)
        ours = ("s3pypi-keyring",) if OURS in self.packages else ("s3pypi-keyring", "keyring")
        path = [bench.path(self.packages, mine), bench.path((OURS,), ours)]
        places = {name: str(bench.environment(*packages).parent) for name, packages in self.places.items()}
        scene = open_scene(folder, url, path, {**credentials, **self.variables, **places})
        scene.write(self.snippet, self.files)
        return scene

    def script(self, scene: Scene) -> str:
        """Everything that is typed."""
        return scene.shell(self.snippet) + self.command


def check_token(client: Client, bench: Bench, shop: Shop, folder: Path) -> None:
    """It installs with a token that a file holds, asks as often as we know, and keeps nothing."""
    scene = client.scene(bench, folder / "run", shop.url, _token(folder, shop.url, shop.token))
    outcome = scene.run(client.script(scene), [shop.token])
    _assert_installed(client, scene, outcome)
    assert len(scene.lookups) == client.lookups, scene.lookups
    _assert_discreet(scene, shop, outcome, [shop.token])


def check_session(client: Client, bench: Bench, shop: Shop, folder: Path) -> None:
    """It installs for who has AWS credentials and nothing else, and for one session."""
    credentials = aws()
    secrets = [credentials["AWS_SECRET_ACCESS_KEY"], credentials["AWS_SESSION_TOKEN"]]
    scene = client.scene(bench, folder / "run", shop.url, credentials)
    minted = shop.minted
    outcome = scene.run(_add(scene) + client.script(scene), secrets)
    _assert_installed(client, scene, outcome)
    assert shop.minted - minted == 1, scene.lookups
    _assert_discreet(scene, shop, outcome, secrets)


def check_revoked(client: Client, bench: Bench, shop: Shop, folder: Path) -> None:
    """It fails for who has no business here any more, and says why, or where that stands."""
    scene = client.scene(bench, folder / "run", shop.url, _token(folder, shop.url, shop.revoked))
    outcome = scene.run(client.script(scene), [shop.revoked])
    assert outcome.code != 0, outcome.output
    named = [path.read_text("utf-8") for path in scene.folder.rglob("*.log") if str(path) in outcome.output]
    said = "\n".join([outcome.output, *named])
    assert re.search(client.complaint, said), said
    _assert_discreet(scene, shop, outcome, [shop.revoked])


def check_barred(client: Client, bench: Bench, shop: Shop, folder: Path) -> None:
    """It fails for who is known to AWS and has no business here, and lets our backend say what to do.

    A client that keeps that to itself leaves it to the command that people are told to run.
    """
    credentials = aws(revoked=True)
    secrets = [credentials["AWS_SECRET_ACCESS_KEY"]]
    scene = client.scene(bench, folder / "run", shop.url, credentials)
    outcome = scene.run(_add(scene) + client.script(scene), secrets)
    assert outcome.code != 0, outcome.output
    if not client.lets_speak:
        assert ADVICE not in outcome.output  # or the document has to say so
        outcome = scene.run("s3pypi-keyring status", secrets)
    assert ADVICE in outcome.output, outcome.output
    _assert_discreet(scene, shop, outcome, secrets)


def _assert_installed(client: Client, scene: Scene, outcome: Outcome) -> None:
    assert outcome.code == 0, outcome.output
    assert scene.has_installed(client.modules), outcome.output


def _assert_discreet(scene: Scene, shop: Shop, outcome: Outcome, secrets: Iterable[str]) -> None:
    """No secret is in a file, in what was said, or in the arguments of a process."""
    assert not outcome.seen, outcome.seen
    assert scene.leaks(secrets) == []
    assert not holds_secret(shop.log, secrets)


def _add(scene: Scene) -> str:
    return f"s3pypi-keyring add {scene.url} --auth aws\n"


def _token(folder: Path, url: str, token: str) -> dict[str, str]:
    file = folder / "token"
    file.write_text(f"{token}\n", encoding="utf-8")
    file.chmod(0o600)
    return {"S3PYPI_URL": url, "S3PYPI_TOKEN_FILE": str(file)}
