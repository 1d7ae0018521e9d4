from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from moto import mock_aws

from s3pypi_core.config.snippets import CLIENTS, snippet
from s3pypi_core.config.target import Target
from s3pypi_core.errors import UsageError
from s3pypi_deploy import commands
from s3pypi_deploy.__main__ import main
from s3pypi_deploy.commands import perform
from s3pypi_deploy.errors import DeployInterrupted
from s3pypi_deploy.zones import Zone
from tests.deploy.outside import Outside, put_outside
from tests.deploy.places import CERTIFICATE, HOME, TRIAL, ZONED, Place, options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from s3pypi_deploy.ends import Ends

URL = "https://pypi.acme.com/simple/"
SECTION = f'[repositories.acme]\nurl = "{URL}"\nbucket = "acme-wheels"\nregion = "{HOME}"\n'


def do(place: Place, *given: str) -> int:
    def open_ends(_environ: Mapping[str, str], region: str, _profile: str | None) -> Ends:
        assert region == HOME
        return place.ends

    return perform(options(*given), place.ends.environ, open_ends)


def test_a_repository_stands_is_looked_at_and_goes(place: Place) -> None:
    assert do(place, "up", *TRIAL, "-y") == 0
    assert do(place, "status") == 0
    assert do(place, "plan", *TRIAL) == 0
    place.answers = ["n"]
    assert do(place, "up", *TRIAL, "--reserve", "a-*") == 1
    place.cloud.replicas = True
    assert do(place, "down", "--yes") == 1
    assert do(place, "status") == 1
    place.cloud.replicas = False
    assert do(place, "down", "--yes") == 0


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        pytest.param("asked", "interrupted", id="while a person is asked"),
        pytest.param(
            "waiting", "interrupted; CloudFormation goes on with acme-bucket by itself", id="waiting"
        ),
    ],
)
def test_ctrl_c_says_how_to_go_on(place: Place, moment: str, said: str) -> None:
    def press() -> None:
        raise KeyboardInterrupt

    place.before_answer = press if moment == "asked" else place.before_answer
    place.cloud.at_sleep = [KeyboardInterrupt()]
    with pytest.raises(DeployInterrupted) as interruption:
        do(place, "up", *TRIAL, *(["--yes"] if moment == "waiting" else []))
    assert str(interruption.value) == said
    assert "run the same command again" in interruption.value.hint


def test_the_region_may_come_from_the_environment(tmp_path: Path) -> None:
    environ = {"AWS_REGION": HOME}
    given = ("--no-domain", "--bucket", "acme-wheels")
    assert perform(options("export", str(tmp_path / "out"), *given), environ) == 0
    assert HOME in (tmp_path / "out" / "deploy.sh").read_text()


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(SECTION)
    monkeypatch.setenv("S3PYPI_CONFIG", str(path))
    return path


@pytest.mark.parametrize(
    "given",
    [
        pytest.param((), id="the only one"),
        pytest.param(("--name", "acme"), id="by its name"),
        pytest.param(("pypi.acme.com",), id="by its domain"),
    ],
)
@pytest.mark.usefixtures("configured")
def test_the_snippet_of_a_client_is_printed(
    given: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "pip", *given]) == 0
    assert f"pip config set global.index-url {URL}" in capsys.readouterr().out


OTHER = '[repositories.acme-dev]\nurl = "https://pypi.acme.dev/simple/"\nbucket = "acme-dev-wheels"\n'
ABOUT_A_DOMAIN = [
    pytest.param(["config", "pip"], id="config"),
    pytest.param(["doctor", "--probe"], id="doctor"),
    pytest.param(["status", "--region", HOME], id="status"),
    pytest.param(["down", "--yes", "--region", HOME], id="down"),
]


@pytest.mark.parametrize("more", [[], ["--name", "acme"]], ids=["name from the domain", "name given"])
@pytest.mark.parametrize("command", ABOUT_A_DOMAIN)
@pytest.mark.usefixtures("configured")
def test_no_command_is_about_another_domain_than_it_is_given(
    command: list[str], more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "pypi.acme.dev", *more]) == 2
    told = capsys.readouterr()
    assert not told.out
    assert "in config.toml is for pypi.acme.com, and not for pypi.acme.dev" in told.err
    assert "hint: if you mean pypi.acme.dev, give its --name" in told.err


def test_a_domain_finds_its_section_by_any_name(configured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configured.write_text(f"{SECTION}\n{OTHER}")
    assert main(["config", "twine", "pypi.acme.dev"]) == 0
    assert "repository = s3://acme-dev-wheels\n" in capsys.readouterr().out


def test_down_takes_the_repository_of_the_domain_down_and_no_other(place: Place) -> None:
    place.around.zones["Z0DEF0123456789"] = Zone("Z0DEF0123456789", "acme.dev")
    dev = ("pypi.acme.dev", "--region", HOME, "--hosted-zone-id", "Z0DEF0123456789", "--name", "acme-dev")
    assert do(place, "up", *ZONED, "--yes") == 0
    assert do(place, "up", *dev, "--yes") == 0
    sections = place.config.read_text()
    place.config.write_text("")
    for command in (("down", "--yes"), ("status",)):
        with pytest.raises(UsageError, match=r"acme is the repository for pypi\.acme\.com, and not"):
            do(place, *command, "pypi.acme.dev", "--region", HOME)
    assert len(place.states()) == 6
    place.config.write_text(sections)
    assert do(place, "down", "pypi.acme.dev", "--yes") == 0
    assert set(place.states()) == {"acme-bucket", "acme-edge", "acme-cdn", "acme-dev-bucket"}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.usefixtures("configured")
def test_every_client_has_a_snippet_with_nothing_to_fill_in(
    client: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", client]) == 0
    told = capsys.readouterr()
    assert told.out == snippet(client, URL, Target("acme-wheels", HOME))
    assert "`s3pypi-keyring status`" in told.err


@pytest.mark.usefixtures("configured")
def test_what_uploads_goes_to_the_bucket_of_the_deployment(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "twine"]) == 0
    assert f"repository = s3://acme-wheels\nregion = {HOME}\n" in capsys.readouterr().out
    assert main(["config", "twine", "--bucket", "acme-others"]) == 0
    assert "repository = s3://acme-others\n" in capsys.readouterr().out


def test_where_no_bucket_is_known_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "twine", "pypi.acme.com"]) == 2
    told = capsys.readouterr()
    assert (told.out, "takes --bucket NAME" in told.err) == ("", True)


def test_a_domain_is_enough_for_a_snippet(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "empty.toml").write_text("colour = 1\n")
    monkeypatch.setenv("S3PYPI_CONFIG", str(tmp_path / "empty.toml"))
    assert main(["config", "uv", "pypi.acme.com"]) == 0
    captured = capsys.readouterr()
    assert URL in captured.out
    assert "warning: 'colour'" in captured.err


def test_what_is_meant_has_to_be_clear(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "pip"]) == 2
    assert "which repository is meant is not clear" in capsys.readouterr().err
    assert main(["config", "pip", "--name", "acme"]) == 2
    assert "the address of acme is not known" in capsys.readouterr().err


@pytest.mark.usefixtures("configured")
def test_status_asks_aws(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKTESTS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with mock_aws():
        assert main(["status"]) == 1
    assert "absent: `up` makes it" in capsys.readouterr().out


def test_without_credentials_up_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", *TRIAL]) == 1
    assert "error: no AWS credentials were found" in capsys.readouterr().err


CLOSED = "http://127.0.0.1:1/simple/"  # a port that nobody may listen on


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'[repositories.acme]\nurl = "{CLOSED}"\n')
    monkeypatch.setenv("S3PYPI_CONFIG", str(path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


@pytest.mark.loopback
@pytest.mark.usefixtures("closed")
def test_a_repository_that_does_not_answer_is_a_finding_with_a_remedy(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "ok\tdns\t127.0.0.1 is 127.0.0.1" in told
    assert "FAILED\ttls\thttp://127.0.0.1:1: " in told
    assert "hint: a new distribution takes 10 minutes" in told


@pytest.mark.loopback
@pytest.mark.usefixtures("closed")
def test_findings_for_programs_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json", "--bucket", "acme"]) == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["check"] == "dns"


@pytest.mark.usefixtures("closed")
def test_a_probe_needs_a_bucket(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--probe"]) == 2
    assert "the bucket for the probe is not known" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "addresses", "failed"),
    [
        pytest.param("http://pypi.acme.com/simple/", ["192.0.2.1"], "tls", id="in clear"),
        pytest.param(URL, [], "dns", id="no address"),
    ],
)
def test_the_probe_sends_and_stores_nothing_where_the_address_is_no_good(
    url: str,
    addresses: list[str],
    failed: str,
    configured: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def never(*_given: object) -> None:
        raise AssertionError("nothing was to be opened or run")  # pragma: no cover - nothing is

    configured.write_text(SECTION.replace(URL, url))
    outside = Outside()
    put_outside(outside, monkeypatch)
    monkeypatch.setattr(commands, "resolve", lambda _host: addresses)
    monkeypatch.setattr(commands, "run_program", never)
    monkeypatch.setattr(Target, "open", never)
    assert main(["doctor", "--probe"]) == 1
    told = capsys.readouterr().out
    assert [line.split("\t")[:2] for line in told.splitlines() if line[0] != "\t"] == [
        ["FAILED", failed],
        ["skipped", "probe"],
    ]
    assert outside.sent == []
    assert "s3p_secret" not in told


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("command", [["doctor"], ["config", "twine"]], ids=["doctor", "config"])
@pytest.mark.parametrize("name", ["x" * 64, "foo bar"], ids=["too long", "a space"])
def test_what_is_no_name_of_a_bucket_is_refused(
    command: list[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--bucket", name]) == 2
    told = capsys.readouterr().err
    assert f"error: '{name}' is not the name of a bucket: " in told
    assert "hint: check --bucket" in told


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    for command in commands.COMMANDS:
        assert f"    {command} " in told


def test_help_is_instant() -> None:
    code = "import sys; import s3pypi_deploy.__main__ as m; m.parser(); "
    code += "print({'boto3', 'rich'} & {*sys.modules})"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "set()\n"


@pytest.mark.parametrize("command", [["up"], ["plan"], ["export", "out"]], ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param(
            (), "one of the arguments --certificate-arn --hosted-zone-id --no-domain is required", id="none"
        ),
        pytest.param(
            (*ZONED[3:], "--certificate-arn", CERTIFICATE),
            "argument --certificate-arn: not allowed with argument --hosted-zone-id",
            id="both",
        ),
        pytest.param(
            (*ZONED[3:], "--no-domain"),
            "argument --no-domain: not allowed with argument --hosted-zone-id",
            id="no domain",
        ),
    ],
)
def test_the_domain_needs_one_way_to_its_certificate(
    command: list[str], given: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([*command, *ZONED[:3], *given])
    assert said in capsys.readouterr().err
