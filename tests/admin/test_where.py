from __future__ import annotations

import shlex

import pytest

from s3pypi_admin.arguments import parser
from s3pypi_admin.errors import NotARepository, RefusedEdit, UnusableStore
from s3pypi_admin.passwords import BadPassword
from s3pypi_admin.where import Where
from s3pypi_core.config.target import Target
from s3pypi_core.memory_bucket import MemoryBucket
from tests.admin.console import Console, put_users

TARGET = Target("acme-pypi")


def where(*options: str, target: Target = TARGET) -> Where:
    return Where.of(parser().parse_args(["user", "list", *options]), target)


def test_options_are_repeated_as_they_were_given() -> None:
    given = ("--profile", "p", "--region", "r", "--endpoint-url", "http://localhost:8333")
    told = where("--repository", "acme", *given)
    assert told.admin == told.twine == f" --repository acme {' '.join(given)}"
    assert where("-r", "acme") == (" --repository acme", " --repository acme", "")
    assert where() == ("", "", "")


def test_a_bucket_is_named_to_each_program_in_its_own_way() -> None:
    told = where("--bucket", "acme-pypi")
    assert told == (" --bucket acme-pypi", " --repository-url s3://acme-pypi", "")


def test_the_aws_cli_is_told_what_it_cannot_read_in_our_configuration() -> None:
    target = Target("acme-pypi", region="eu-central-1", profile="acme", endpoint_url="http://localhost:8333")
    options = " --profile acme --region eu-central-1 --endpoint-url http://localhost:8333"
    assert where("-r", "acme", target=target) == (" --repository acme", " --repository acme", options)


def test_options_are_quoted_for_the_shell() -> None:
    assert shlex.split(where("-r", "a b; c").admin) == ["--repository", "a b; c"]


@pytest.mark.parametrize(
    ("given", "repeated"),
    [
        ("http://me:secret@localhost:8333", "http://localhost:8333"),
        ("https://me:se/c@ret@s3.example.com/", "https://s3.example.com/"),
        ("me:secret@localhost", "localhost"),
    ],
)
def test_a_password_in_an_address_is_never_repeated(given: str, repeated: str) -> None:
    told = where("--endpoint-url", given, target=Target("acme-pypi", endpoint_url=given))
    assert told == tuple([f" --endpoint-url {repeated}"] * 3)


def test_a_store_that_cannot_be_read_is_looked_for_where_the_bucket_is(console: Console) -> None:
    put_users(console.bucket, b"not JSON")
    with pytest.raises(UnusableStore) as caught:
        console.run("user", "list")
    commands = caught.value.hint.split("`")[1::2]
    assert [command.endswith(" --profile acme") for command in commands] == [True, True]


def test_a_bucket_without_a_repository_is_made_one_with_the_same_options() -> None:
    with pytest.raises(NotARepository, match="holds no repository") as caught:
        Console(MemoryBucket("acme-pypi")).run("user", "list")
    assert "`s3twine upload --create -r acme FILE`" in caught.value.hint


def test_a_record_that_cannot_be_mended_is_removed_from_the_same_bucket(console: Console) -> None:
    put_users(console.bucket, {"version": 1, "users": {"bad": {"password": "plain", "projects": []}}})
    with pytest.raises(RefusedEdit) as caught:
        console.run("user", "set", "bad", "--projects", "*")
    assert "`s3pypi-admin user remove NAME -r acme`" in caught.value.hint


def test_whoever_types_a_token_for_a_password_is_told_how_to_make_one_there(console: Console) -> None:
    with pytest.raises(BadPassword) as caught:
        console.run("user", "add", "alice", "--password-stdin", stdin="s3p_secret")
    assert "`s3pypi-admin token create NAME -r acme`" in caught.value.hint
