"""Whose AWS credentials are meant, and getting them by botocore where the environment has none."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from botocore import exceptions as aws  # noqa: TID251  # what it raises is turned into sentences
from botocore.credentials import AssumeRoleCredentialFetcher  # noqa: TID251  # STS is not asked here

from s3pypi_keyring.aws_chain import NoCredentials, _explain, load_credentials, nobody
from s3pypi_keyring.identity import Identity, aws_files, evidence
from tests.edge.sts_double import ALICE

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://pypi.acme.com"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAENVIRONMENT000", "AWS_SECRET_ACCESS_KEY": "secret/of+environment"}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The folder of AWS's files."""
    folder = tmp_path / "home" / ".aws"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    ("section", "environ", "profile", "name"),
    [
        (None, {}, None, "profile default"),
        ("acme", {}, "acme", "profile acme"),
        ("acme", KEYS, None, "access key AKIAENVIRONMENT000"),
        ("acme", {"AWS_PROFILE": "mine"}, None, "profile mine"),
        ("acme", {"AWS_DEFAULT_PROFILE": "mine"}, None, "profile mine"),
        ("acme", {"AWS_PROFILE": ""}, "acme", "profile acme"),
        ("acme", {"AWS_ROLE_ARN": "arn"}, None, "profile default"),
        ("acme", {"AWS_ACCESS_KEY_ID": "half"}, None, "profile default"),
        ("acme", {**KEYS, "AWS_PROFILE": "mine"}, None, "access key AKIAENVIRONMENT000"),
        ("acme", {**KEYS, "S3PYPI_PROFILE": "ours"}, "ours", "profile ours"),
    ],
)
def test_what_says_whose_credentials_are_meant(
    section: str | None, environ: dict[str, str], profile: str | None, name: str
) -> None:
    identity = Identity.find(section, environ)
    assert (identity.profile, identity.name) == (profile, name)
    assert identity.has_keys == name.startswith("access key")


def test_each_identity_and_each_address_has_a_key_of_its_own() -> None:
    identities = [
        Identity.find(None, {}),
        Identity.find("acme", {}),
        Identity.find("acme", {"S3PYPI_PROFILE": "default"}),
        Identity.find("acme", {**KEYS, "S3PYPI_PROFILE": "default"}),
        Identity.find("acme", {**KEYS, "S3PYPI_PROFILE": "default", "AWS_ACCESS_KEY_ID": "AKIAOTHER"}),
        Identity.find("acme", {"AWS_PROFILE": "other"}),
        Identity.find("acme", KEYS),
        Identity.find("acme", KEYS | {"AWS_ACCESS_KEY_ID": "AKIAOTHER"}),
        Identity.find("acme", {"AWS_ROLE_ARN": "arn:one"}),
        Identity.find("acme", {"AWS_ROLE_ARN": "arn:two"}),
    ]
    keys = {identity.key(url) for identity in identities for url in (URL, "http://127.0.0.1")}
    assert len(keys) == 2 * len(identities)
    assert all(len(key) == 40 for key in keys)


def test_another_access_key_or_role_in_the_files_is_another_identity(files: Path) -> None:
    def key() -> str:
        return Identity.find("acme", {}).key(URL)

    config, credentials = files / "config", files / "credentials"
    keys = [key()]
    config.write_text("[profile acme]\nrole_arn = arn:one\nsource_profile = base\n", encoding="utf-8")
    keys.append(key())
    credentials.write_text("[base]\naws_access_key_id = A\naws_secret_access_key = B\n", encoding="utf-8")
    keys.append(key())
    credentials.write_text("[base]\naws_access_key_id = A\naws_secret_access_key = C\n", encoding="utf-8")
    assert key() == keys[-1]  # the secret alone says nothing of whose it is
    credentials.write_text("[base]\naws_access_key_id = C\naws_secret_access_key = C\n", encoding="utf-8")
    keys.append(key())
    config.write_text("[profile acme]\nsource_profile = acme\nflag\n", encoding="utf-8")
    keys.append(key())
    config.write_text("not = ini", encoding="utf-8")
    assert key() == keys[0]
    assert len(set(keys)) == 5


def test_the_files_are_where_aws_looks_for_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home" / ".aws"
    assert aws_files({}) == (home / "credentials", home / "config")
    named = {"AWS_SHARED_CREDENTIALS_FILE": "/a", "AWS_CONFIG_FILE": "~/b"}
    assert [str(path) for path in aws_files(named)] == ["/a", str(tmp_path / "home" / "b")]

    def homeless(_path: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("pathlib.Path.expanduser", homeless)
    assert [str(path) for path in aws_files(named)] == ["/a", "~/b"]


def test_logging_in_to_aws_is_seen(files: Path) -> None:
    seen = [evidence({})]
    cache = files / "sso" / "cache"
    cache.mkdir(parents=True)
    (cache / "token.json").touch()
    seen.append(evidence({}))
    (files / "credentials").touch()
    seen.append(evidence({}))
    assert len(set(seen)) == 3


def load(profile: str | None = None) -> tuple[str, ...]:
    found = load_credentials(Identity.find(profile, {}), "acme", ask=nobody)
    return tuple(filter(None, found))


def process(files: Path, script: str) -> None:
    """Let a program give the credentials of the profile acme."""
    program = files / "program.py"
    program.write_text(script, encoding="utf-8")
    (files / "config").write_text(
        f"[profile acme]\ncredential_process = {sys.executable} {program}\n", encoding="utf-8"
    )


def test_the_default_chain_and_a_profile_give_credentials(files: Path) -> None:
    keys = ALICE.credentials
    (files / "credentials").write_text(
        f"[default]\naws_access_key_id=A\naws_secret_access_key=B\n"
        f"[acme]\naws_access_key_id={keys.access_key}\naws_secret_access_key={keys.secret_key}\n"
        f"aws_session_token={keys.session_token}\n",
        encoding="utf-8",
    )
    assert load() == ("A", "B")
    assert load("acme") == keys


ALONE = """
import json, os, sys
assert sys.stdin.read() == ""
assert os.getsid(0) == os.getpid()
try:
    os.open("/dev/tty", os.O_RDWR)
except OSError:
    pass
else:
    sys.exit("a terminal")
print(json.dumps({"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "B", "SessionToken": "C"}))
"""


def test_a_program_gives_credentials_and_has_no_terminal_to_ask_on(files: Path) -> None:
    process(files, ALONE)
    assert load("acme") == ("A", "B", "C")


def test_nor_has_the_program_of_the_profile_that_a_role_is_assumed_from(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def assume(self: AssumeRoleCredentialFetcher) -> dict[str, str]:
        source = self._source_credentials.get_frozen_credentials()  # type: ignore[attr-defined]
        named = f"role of {source.access_key}"
        return {"access_key": named, "secret_key": "B", "token": "", "expiry_time": "2100-01-01T00:00:00Z"}

    monkeypatch.setattr(AssumeRoleCredentialFetcher, "fetch_credentials", assume)
    process(files, ALONE)
    with (files / "config").open("a", encoding="utf-8") as config:
        config.write("[profile role]\nrole_arn = arn:aws:iam::123456789012:role/Developer\n")
        config.write("source_profile = acme\nregion = eu-central-1\n")
    assert load("role") == ("role of A", "B")


def test_a_program_that_fails_is_a_sentence(files: Path) -> None:
    process(files, "import sys; sys.exit('hunter2')")
    with pytest.raises(
        NoCredentials, match="the program that gives AWS credentials to profile acme"
    ) as caught:
        load("acme")
    assert caught.value.hint == "run: aws sts get-caller-identity --profile acme"
    assert "hunter2" not in str(caught.value)


def test_a_role_that_wants_a_code_names_the_command_that_asks_for_it(files: Path) -> None:
    (files / "config").write_text(
        "[profile acme]\nrole_arn = arn:aws:iam::123456789012:role/Developer\nsource_profile = base\n"
        "mfa_serial = arn:aws:iam::123456789012:mfa/alice\nregion = eu-central-1\n",
        encoding="utf-8",
    )
    (files / "credentials").write_text(
        "[base]\naws_access_key_id = A\naws_secret_access_key = B\n", encoding="utf-8"
    )
    with pytest.raises(NoCredentials, match="AWS wants an MFA code for profile acme") as caught:
        load("acme")
    assert caught.value.hint == "run: s3pypi-keyring login acme"


def test_no_credentials_at_all_are_a_sentence() -> None:
    with pytest.raises(NoCredentials, match=r"there are no AWS credentials here \(profile default\)"):
        load()
    with pytest.raises(NoCredentials, match="AWS's configuration has no profile acme"):
        load("acme")


@pytest.mark.parametrize(
    ("error", "message", "hint"),
    [
        (
            aws.UnauthorizedSSOTokenError(),
            "the AWS log-in of profile acme is over",
            "run: aws sso login --profile acme",
        ),
        (
            aws.SSOTokenLoadError(error_msg="hunter2"),
            "the AWS log-in of profile acme is over",
            "run: aws sso login --profile acme",
        ),
        (
            ValueError("hunter2"),
            "getting AWS credentials for profile acme failed (ValueError)",
            "run: aws sts get-caller-identity --profile acme",
        ),
    ],
    ids=["expired", "never logged in", "anything"],
)
def test_what_botocore_raises_becomes_a_sentence(error: Exception, message: str, hint: str) -> None:
    assert _explain(error, Identity.find("acme", {})) == (message, hint)
