"""What each command is run for, so that it asks for all that it ever needs; on projects of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from s3pypi_edge.keys import ROOT_RECORD
from tests.builders import build_metadata, build_sdist, build_wheel
from tests.cloudformation.stacks import ACCOUNT
from tests.deploy.outside import Outside, put_outside
from tests.repositories import publish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.cloudformation.scene import Scene

ROLE = f"arn:aws:iam::{ACCOUNT}:role/Developer"
# In order, from the first user to the last; principals bring the first key, sessions end, another key signs.
ADMINISTRATION = (
    "user add alice",
    "user passwd alice --password-stdin",
    "user list",
    "user set alice --projects acme-*",
    "token create alice --expires 90d",
    "token list",
    "token revoke TOKEN",
    "user remove alice",
    f"principal add {ROLE}",
    "principal list",
    f"session revoke {ROLE}",
    "key rotate",
    "key list",
    f"principal remove {ROLE}",
)


def look_at_the_list(scene: Scene) -> None:
    scene.publish("listed")
    assert "listed" in scene.run("list")
    assert "1.0" in scene.run("list listed")


def look_at_a_release(scene: Scene) -> None:
    readable = build_metadata("shown", description="Read me.")
    publish(scene.owner, build_wheel(scene.folder, "shown", metadata=readable))
    assert "Read me." in scene.run("show shown==1.0 --readme")


def look_for_damage(scene: Scene) -> None:
    """A missing page leaves doubts that only earlier versions of the record would remove."""
    scene.publish("torn")
    scene.owner.delete("packages/torn/index.html")
    assert "packages/torn/index.html: the page is gone" in scene.run("verify", ends_with=1)


def read_every_byte(scene: Scene) -> None:
    scene.publish("deep")
    assert "all in order" in scene.run("verify --deep deep")


def rehearse_an_upload(scene: Scene) -> None:
    scene.publish("rehearsed")
    scene.run(f"upload --dry-run {scene.wheel('rehearsed', '2.0')} {scene.wheel('unheard-of')}")


def rehearse_an_import(scene: Scene) -> None:
    assert "1 taken" in scene.run(f"import --dry-run {scene.new_source()}")


def rehearse_pruning(scene: Scene) -> None:
    scene.publish("kept", "1.0", "2.0")
    assert "would be deleted" in scene.run("prune kept --keep 1 --dry-run")


def upload(scene: Scene) -> None:
    """The first file makes the repository; then a release, once more, a large file, and one that changes."""
    scene.run(f"upload --create {scene.wheel('first')}")
    files = f"{scene.wheel('small')} {build_sdist(scene.folder / 'dist', 'small')}"
    for _ in range(2):
        scene.run(f"upload {files}")
    changing = scene.wheel("changing")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("s3pypi_core.aws.s3_bucket.LARGE", 0)
        scene.run(f"upload {scene.wheel('large')}")
        scene.caller.meanwhile = lambda operation: touch(changing) if operation == "UploadPart" else None
        assert "its bytes changed" in scene.run(f"upload {changing}", ends_with=1)
    scene.caller.meanwhile = str


def touch(path: Path) -> None:
    """Let somebody write to a file that is being sent."""
    os.utime(path, (0, 0))


def move_in(scene: Scene) -> None:
    """From a folder, from a bucket of s3pypi, once more when it is there, and from the same bucket."""
    source = scene.new_source("team-a/")
    assert "1 taken" in scene.run(f"import {scene.old_project('legacy')}")
    assert "1 taken" in scene.run(f"import {scene.wheel('brought').parent} brought")
    for said in ("1 taken", "1 already there"):
        assert said in scene.run(f"import {source}")


def prove_from_outside(scene: Scene) -> None:
    """With a distribution in front of the bucket that shows what is in it."""

    def read(key: str) -> bytes | None:
        found = scene.owner.get(key)
        return found.body if found else None

    with pytest.MonkeyPatch.context() as patch:
        put_outside(Outside(read=read), patch)
        said = scene.examine("doctor --probe pypi.acme.com")
    assert "ok\tprobe: install\tpip installs it" in said


def yank(scene: Scene) -> None:
    scene.publish("yanked")
    scene.run("yank yanked==1.0 --reason broken")


def unyank(scene: Scene) -> None:
    scene.publish("pulled")
    scene.run("yank pulled==1.0")
    assert "is not yanked" in scene.run("unyank pulled==1.0")


def set_status(status: str) -> Callable[[Scene], None]:
    """Give it and take it back; where that hides files, CloudFront is told."""

    def errand(scene: Scene) -> None:
        scene.publish(f"once-{status}")
        scene.run(f"status once-{status} {status} --reason because")
        scene.run(f"status once-{status} active")

    return errand


def delete_a_release(scene: Scene) -> None:
    scene.publish("shrinking", "1.0", "2.0")
    assert "CloudFront was told" in scene.run("delete shrinking==1.0 --yes")


def delete_a_project(scene: Scene) -> None:
    scene.publish("going", "1.0", "2.0")
    scene.run("delete going --all --yes")


def delete_and_forget(scene: Scene) -> None:
    scene.publish("forgotten")
    assert "can be uploaded again" in scene.run("delete forgotten==1.0 --forget --yes")


def bring_back(scene: Scene) -> None:
    scene.publish("returning")
    scene.run("delete returning==1.0 --yes")
    assert "returning-1.0-py3-none-any.whl: back" in scene.run("undelete returning==1.0")


def prune(scene: Scene) -> None:
    scene.publish("aged", "1.0", "2.0")
    assert "aged-1.0-py3-none-any.whl: deleted" in scene.run("prune aged --keep 1 --yes")
    assert "Nothing of aged" in scene.run("prune aged --older-than 90d --yes")


def repair(scene: Scene) -> None:
    """All that can be mended: what has an earlier version, or whose bytes are there."""
    wheel = "packages/{0}/{0}-1.0-py3-none-any.whl".format
    for name in ("pageless", "recordless", "damaged", "unlike", "bare"):
        scene.publish(name)
    owner, unended = scene.owner, "packages/pageless/pageless-3.0.tar.gz"
    gone = ["packages/pageless/index.html", "packages/recordless/index.json", f"{wheel('bare')}.metadata"]
    for key in gone:
        owner.delete(key)
    damaged = [wheel("damaged"), f"{wheel('unlike')}.metadata", ROOT_RECORD]
    for key in damaged:
        owner.client.put_object(Bucket=owner.name, Key=key, Body=b"damage")
    unlisted = scene.leave_unlisted("pageless", "2.0")
    owner.client.create_multipart_upload(Bucket=owner.name, Key=unended)

    said = scene.run("verify --deep --repair --now")

    for key in (*gone, *damaged, unlisted, unended):
        assert f"mended {key}: " in said, said
    assert "all in order" in scene.run("verify --deep")


def administer(scene: Scene) -> None:
    token = ""
    for command in ADMINISTRATION:
        said = scene.administer(command.replace("TOKEN", token), stdin="correct horse battery staple\n")
        token = next((word for word in said.split() if word.startswith("s3p_")), token)


# By the words of the table in docs/care.md.
ERRANDS: Mapping[str, Callable[[Scene], None]] = {
    "list": look_at_the_list,
    "show": look_at_a_release,
    "verify": look_for_damage,
    "verify --deep": read_every_byte,
    "upload --dry-run": rehearse_an_upload,
    "import --dry-run": rehearse_an_import,
    "prune --dry-run": rehearse_pruning,
    "upload": upload,
    "import": move_in,
    "yank": yank,
    "unyank": unyank,
    "status active": set_status("active"),
    "status archived": set_status("archived"),
    "status deprecated": set_status("deprecated"),
    "delete": delete_a_release,
    "delete --all": delete_a_project,
    "delete --forget": delete_and_forget,
    "undelete": bring_back,
    "prune": prune,
    "verify --repair": repair,
    "s3pypi-deploy doctor --probe": prove_from_outside,
    "status quarantined": set_status("quarantined"),
    "s3pypi-admin": administer,
}
