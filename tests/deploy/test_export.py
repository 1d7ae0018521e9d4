from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.bucket import Headers
from s3pypi_core.errors import RepositoryError, UsageError
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_core.page import root_page
from s3pypi_core.root import Root
from s3pypi_deploy.edge_zip import build_zip
from s3pypi_deploy.export import write_export
from s3pypi_deploy.first_access import open_repository
from s3pypi_deploy.templates import bucket_template
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, SIGNING_KEYS_KEY, USERS_KEY
from s3pypi_edge.signing_keys import KeyRing
from s3pypi_edge.users import format_time
from tests.deploy.aws_cli import check
from tests.deploy.places import CERTIFICATE, HOME, NOW, ZONED, settings
from tests.templates import parse

if TYPE_CHECKING:
    from pathlib import Path

ROLE = "arn:aws:iam::123456789012:role/Developer"
NAMED = ("--bucket", "acme-wheels")
EVERYTHING = {
    "bucket.yaml",
    "edge.yaml",
    "cdn.yaml",
    "edge.zip",
    "parameters.json",
    "deploy.sh",
    "config/users.json",
    "packages/index.html",
    "packages/index.json",
}
# Answers as the AWS CLI does, keeps objects in a folder, and writes down what it is called with.
_AWS = """\
#!{python}
import json, pathlib, shutil, sys
words, folder = sys.argv[1:], pathlib.Path({folder!r})
with (folder / "calls").open("a") as calls:
    calls.write(" ".join(words) + "\\n")
options = dict(zip(words, words[1:]))
stored = folder / "objects" / options.get("--key", "-").replace("/", "|")
if "get-caller-identity" in words:
    print("123456789012")
elif "describe-stacks" in words:
    if (folder / "throttled").exists():
        sys.exit("An error occurred (Throttling) when calling the DescribeStacks operation")
    print("None" if "WebAclArn" in options["--query"] else "an-output")
elif "head-bucket" in words:
    sys.exit(254)
elif words[1] in ("head-object", "get-object"):
    if not stored.exists():
        sys.exit("An error occurred (404) when calling the HeadObject operation: Not Found")
    if words[1] == "get-object":
        shutil.copy(stored, words[-1])
elif "put-object" in words:
    if (folder / "barred").exists():
        sys.exit("An error occurred (AccessDenied) when calling the PutObject operation: Access Denied")
    assert options["--if-none-match"] == "*"
    if stored.exists():
        sys.exit("An error occurred (PreconditionFailed) when calling the PutObject operation: ...")
    shutil.copy(options["--body"], stored)
    said = [options["--content-type"], options["--cache-control"]]
    stored.with_name(stored.name + ".headers").write_text(json.dumps(said))
"""


@dataclass(frozen=True)
class Shell:
    """A folder with an export, and beside it an AWS CLI that keeps what it is given."""

    folder: Path

    @property
    def objects(self) -> dict[str, bytes]:
        """What the bucket holds."""
        paths = (self.folder / "objects").iterdir()
        return {p.name.replace("|", "/"): p.read_bytes() for p in paths if p.suffix != ".headers"}

    @property
    def calls(self) -> list[str]:
        """What the CLI was called with."""
        return (self.folder / "calls").read_text().splitlines()

    def headers(self, key: str) -> Headers:
        """What an object was stored with."""
        path = self.folder / "objects" / f"{key.replace('/', '|')}.headers"
        return Headers(*json.loads(path.read_text()))

    def put(self, key: str, body: bytes) -> None:
        """Have an object there."""
        (self.folder / "objects" / key.replace("/", "|")).write_bytes(body)

    def export(self, *given: str) -> None:
        """Write the export."""
        write_export(settings(*(given or (*ZONED, *NAMED))), self.folder / "out", NOW)

    def run(self) -> subprocess.CompletedProcess[str]:
        """Run the script."""
        environ = {**os.environ, "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}
        script = str(self.folder / "out" / "deploy.sh")
        return subprocess.run([script], check=False, env=environ, capture_output=True, text=True)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "bin").mkdir()
    (tmp_path / "objects").mkdir()
    (tmp_path / "bin" / "aws").write_text(_AWS.format(python=sys.executable, folder=str(tmp_path)))
    (tmp_path / "bin" / "aws").chmod(0o755)
    return Shell(tmp_path)


def test_everything_that_a_deployment_needs_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    written = write_export(settings(*ZONED, *NAMED), folder, NOW)
    assert {str(path.relative_to(folder)) for path in written} == EVERYTHING
    assert {path for path in folder.rglob("*") if path.is_file()} == set(written)
    assert (folder / "bucket.yaml").read_text() == bucket_template("acme-wheels")
    config = settings(*ZONED, *NAMED).edge_config("acme-wheels")
    assert (folder / "edge.zip").read_bytes() == build_zip(config)


def test_the_script_deploys_three_stacks_and_carries_outputs_over(shell: Shell) -> None:
    shell.export(*ZONED, *NAMED, "--tag", "team=the packages")
    ran = shell.run()
    assert ran.returncode == 0, ran.stderr
    deploys = [line for line in shell.calls if line.startswith("cloudformation deploy")]
    stacks = [line.split("--stack-name ")[1].split()[0] for line in deploys]
    assert stacks == ["acme-bucket", "acme-edge", "acme-cdn"]
    assert "--region us-east-1" in deploys[1]
    assert "CodeBucket=acme-edge-code-123456789012" in deploys[1]
    assert "ViewerRequestArn=an-output" in deploys[2]
    assert "WebAclArn= " in deploys[2]
    assert "--tags team=the packages" in deploys[0]
    assert any("s3api create-bucket --bucket acme-edge-code-123456789012" in line for line in shell.calls)


def test_the_parameters_are_there_for_programs_and_name_the_outputs_that_they_come_from(shell: Shell) -> None:
    shell.export(*ZONED, *NAMED, "--tag", "team=ours", "--upstream", "https://pypi.org/simple/")
    told = json.loads((shell.folder / "out" / "parameters.json").read_text())
    assert [*told] == ["acme-bucket", "acme-edge", "acme-cdn"]
    assert [stack["region"] for stack in told.values()] == [HOME, "us-east-1", HOME]
    assert told["acme-bucket"]["tags"] == {"team": "ours"}
    for stack in told.values():
        template = parse((shell.folder / "out" / stack["template"]).read_text())
        assert stack["parameters"].keys() <= template["Parameters"].keys()
    taken = {value[2:-1] for value in told["acme-cdn"]["parameters"].values() if value.startswith("$")}
    assert taken <= {
        f"{stack}.{output}"
        for stack, template in (("acme-bucket", "bucket.yaml"), ("acme-edge", "edge.yaml"))
        for output in parse((shell.folder / "out" / template).read_text())["Outputs"]
    }
    assert len(taken) == 7


def test_each_command_is_one_that_aws_knows(shell: Shell) -> None:
    shell.export(*ZONED, *NAMED, "--allow-principal", ROLE)
    shell.run()
    above = ("cloudformation deploy", "s3 cp")  # what the CLI puts on top of the API
    for line in shell.calls:
        if not line.startswith(above):
            check(f"aws {line}")


@pytest.mark.parametrize(
    ("given", "days"),
    [
        pytest.param((), "", id="as it is"),
        pytest.param(("--retention-days", "30"), "RetentionDays=30", id="given"),
    ],
)
def test_days_that_nobody_gave_stay_as_they_are(given: tuple[str, ...], days: str, shell: Shell) -> None:
    shell.export(*ZONED, *NAMED, *given)
    shell.run()
    (bucket,) = [line for line in shell.calls if "--stack-name acme-bucket" in line and "deploy" in line]
    assert bucket.partition("BucketName=acme-wheels")[2].strip() == days


@pytest.mark.parametrize("principals", [pytest.param([], id="nobody"), pytest.param([ROLE], id="a role")])
def test_the_script_makes_the_repository_that_up_makes(principals: list[str], shell: Shell) -> None:
    shell.export(*ZONED, *NAMED, *(word for arn in principals for word in ("--allow-principal", arn)))
    ran = shell.run()
    assert ran.returncode == 0, ran.stderr
    bucket = MemoryBucket("acme-wheels")
    bucket.clock = lambda: datetime.fromtimestamp(NOW, timezone.utc)
    open_repository(bucket, principals)
    drawn = {SIGNING_KEYS_KEY} & bucket.objects.keys()
    made = {key: (body, shell.headers(key)) for key, body in shell.objects.items() if key not in drawn}
    assert made == {
        key: (stored.body, stored.headers) for key, stored in bucket.objects.items() if key not in drawn
    }
    assert shell.objects.keys() == bucket.objects.keys()


def test_the_key_that_signs_is_drawn_by_the_script_and_lies_in_the_bucket_alone(shell: Shell) -> None:
    shell.export(*ZONED, *NAMED, "--allow-principal", ROLE)
    assert json.loads((shell.folder / "out" / USERS_KEY).read_text())["principals"] == [
        {"arn": ROLE, "projects": ["*"], "not_before": format_time(NOW - 1), "expires": None}
    ]
    ran = shell.run()
    assert '\n  auth = "aws"\n' in ran.stdout
    ring = KeyRing.parse(shell.objects[SIGNING_KEYS_KEY])
    assert (len(ring.keys), ring.problems) == (1, ())
    text = json.loads(shell.objects[SIGNING_KEYS_KEY])["keys"][0]["key"]
    assert text not in ran.stdout + ran.stderr + "".join(shell.calls)
    assert not any(text in path.read_text("latin-1") for path in (shell.folder / "out").glob("**/*.json"))


def test_to_run_it_again_replaces_nothing(shell: Shell) -> None:
    shell.export(*ZONED, *NAMED, "--allow-principal", ROLE)
    shell.run()
    before = shell.objects
    assert shell.run().returncode == 0
    assert shell.objects == before


def test_a_run_that_was_stopped_is_finished(shell: Shell) -> None:
    shell.export(*ZONED, *NAMED, "--allow-principal", ROLE)
    shell.run()
    whole = shell.objects
    (shell.folder / "objects" / ROOT_RECORD.replace("/", "|")).unlink()
    ran = shell.run()
    assert ran.returncode == 0, ran.stderr
    assert shell.objects == whole
    assert "a key that signs is there already" in ran.stdout


def test_a_list_that_was_lost_is_not_made_anew(shell: Shell) -> None:
    shell.export()
    shell.put(ROOT_PAGE, root_page(Root(generation=7)))
    ran = shell.run()
    assert ran.returncode == 1
    assert "run: s3twine verify --repair --repository-url s3://acme-wheels" in ran.stderr
    assert shell.objects.keys() == {ROOT_PAGE}


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        pytest.param("barred", "AccessDenied", id="writing"),
        pytest.param("throttled", "Throttling", id="asking"),
    ],
)
def test_the_script_ends_with_what_aws_says(trouble: str, said: str, shell: Shell) -> None:
    shell.export()
    (shell.folder / trouble).touch()
    ran = shell.run()
    assert ran.returncode != 0
    assert said in ran.stderr
    assert not any("--stack-name acme-cdn" in line and "deploy " in line for line in shell.calls)


def test_it_ends_with_what_is_next(shell: Shell) -> None:
    shell.export("pypi.acme.com", "--region", HOME, "--certificate-arn", CERTIFICATE, *NAMED)
    told = shell.run().stdout
    assert "an-output stands. In DNS, let pypi.acme.com be a CNAME of an-output.\n" in told
    assert f"s3pypi-admin --bucket acme-wheels --region {HOME} token create ci\n" in told
    assert '  [repositories.acme]\n  url = "an-output"\n  bucket = "acme-wheels"\n' in told
    assert "auth" not in told
    assert not any("acme-edge" in line and "CertificateArn" in line for line in shell.calls)


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not here")
def test_the_script_is_a_clean_one(shell: Shell) -> None:  # pragma: no cover - where there is shellcheck
    shell.export()
    subprocess.run(["shellcheck", str(shell.folder / "out" / "deploy.sh")], check=True)


def test_without_tags_none_are_given(shell: Shell) -> None:
    shell.export()
    assert "--tags" not in (shell.folder / "out" / "deploy.sh").read_text()


def test_without_a_bucket_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="export needs the name of the bucket"):
        write_export(settings(*ZONED), tmp_path / "out", NOW)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RepositoryError, match="cannot be written"):
        write_export(settings(*ZONED, *NAMED), tmp_path / "file" / "folder", NOW)
