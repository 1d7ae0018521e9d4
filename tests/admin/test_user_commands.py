from __future__ import annotations

import pytest

from s3pypi_admin.errors import UnknownUser, UserExists
from s3pypi_admin.passwords import ROUNDS, BadPassword
from s3pypi_core.errors import UsageError
from s3pypi_edge.passwords import MAX_ROUNDS, PasswordHash
from tests.admin.console import DOUBT, Console, LosesAnswers, put_users, stored_body


def password_of(console: Console, name: str) -> PasswordHash:
    password = console.users.users[name].password
    assert password is not None
    return password


def test_a_user_added_without_a_password_holds_tokens_only_and_is_told_the_next_step(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("user", "add", "ci", "--projects", "acme-*")
    ci = console.users.users["ci"]
    assert (ci.password, ci.tokens, ci.projects) == (None, (), ("acme-*",))
    out, err = capsys.readouterr()
    assert out == "added the user ci, who may see acme-*\n"
    assert "holds tokens only" in err
    assert "s3pypi-admin token create ci -r acme\n" in err
    assert "within 60 s" in err


def test_a_password_is_asked_for_twice(console: Console, capsys: pytest.CaptureFixture[str]) -> None:
    console.answers = ["a tale of two", "a tale of two"]
    console.run("user", "add", "alice", "--password")
    assert password_of(console, "alice").verify("a tale of two")
    assert password_of(console, "alice").rounds == ROUNDS < MAX_ROUNDS
    out, err = capsys.readouterr()
    assert out == "added the user alice, who may see every project\n"
    assert "within 60 s" in err
    assert "tokens only" not in err


def test_a_password_may_be_a_line_of_standard_input(console: Console) -> None:
    console.run("user", "add", "alice", "--password-stdin", stdin=" spaces: kept \n")
    assert password_of(console, "alice").verify(" spaces: kept ")


def test_names_and_passwords_are_stored_in_one_spelling(console: Console) -> None:
    console.run("user", "add", "rené", "--password-stdin", stdin="cafe\u0301\n")
    assert password_of(console, "ren\u00e9").verify("caf\u00e9")


def test_a_user_that_is_there_is_not_added_again_in_any_spelling(console: Console) -> None:
    console.run("user", "add", "rené")
    before = stored_body(console.bucket)
    with pytest.raises(UserExists, match=r"user passwd \S+ -r acme` .* -r acme --projects GLOB`"):
        console.run("user", "add", "rene\u0301", "--password")
    assert stored_body(console.bucket) == before


@pytest.mark.parametrize(
    "name",
    [
        *("", "a:b", "__iam__", "tab\there", "\ud800"),
        *("*", " ", " ci", "ci\u00a0", "-ci", "__token__", "x" * 129),
    ],
)
def test_a_name_that_basic_cannot_carry_or_that_means_something_else_is_refused(
    console: Console, name: str
) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a user"):
        console.run("user", "add", "--", name)
    assert not stored_body(console.bucket)


@pytest.mark.parametrize(
    ("globs", "kept", "said"),
    [
        pytest.param([], ("*",), "every project", id="not said"),
        pytest.param(["--projects"], (), "no project", id="none"),
        pytest.param(["--projects", ""], (), "no project", id="an empty one is none"),
        pytest.param(["--projects", "demo", "*"], ("demo", "*"), "every project", id="everything"),
        pytest.param(["--projects", "Acme_*", "acme-*"], ("acme-*",), "acme-*", id="normalised, once"),
        pytest.param(["--projects", "a", "--projects", "b"], ("a", "b"), "a, b", id="given twice"),
    ],
)
def test_projects_are_globs_on_normalised_names(
    console: Console, capsys: pytest.CaptureFixture[str], globs: list[str], kept: tuple[str, ...], said: str
) -> None:
    console.run("user", "add", "ci", *globs)
    assert console.users.users["ci"].projects == kept
    assert console.document["users"]["ci"]["projects"] == list(kept)
    assert capsys.readouterr().out == f"added the user ci, who may see {said}\n"


@pytest.mark.parametrize("glob", ["acme/*", "ä", "a b", "[ab]"])
def test_a_glob_that_matches_no_project_is_refused(console: Console, glob: str) -> None:
    with pytest.raises(UsageError, match="--projects 'acme"):
        console.run("user", "add", "ci", "--projects", glob)
    assert not stored_body(console.bucket)


def test_projects_are_replaced(console: Console, capsys: pytest.CaptureFixture[str]) -> None:
    console.run("user", "add", "ci", "--password-stdin", stdin="kept\n")
    capsys.readouterr()
    console.run("user", "set", "ci", "--projects", "demo")
    assert console.users.users["ci"].projects == ("demo",)
    assert password_of(console, "ci").verify("kept")
    out, err = capsys.readouterr()
    assert out == "ci may see demo\n"
    assert "within 60 s" in err


@pytest.mark.parametrize("globs", [[], [""]], ids=["nothing", "an empty one"])
def test_whoever_takes_all_access_away_is_told_so(
    console: Console, capsys: pytest.CaptureFixture[str], globs: list[str]
) -> None:
    console.run("user", "add", "ci")
    console.run("user", "set", "ci", "--projects", *globs)
    out, err = capsys.readouterr()
    assert out.endswith("ci may see no project\n")
    assert "That takes all access away from ci; this gives some back:\n" in err
    assert "  s3pypi-admin user set ci -r acme --projects GLOB\n" in err


@pytest.mark.parametrize("first", [["--password-stdin"], []], ids=["a new one", "the first one"])
def test_a_password_is_changed(
    console: Console, capsys: pytest.CaptureFixture[str], first: list[str]
) -> None:
    console.run("user", "add", "alice", *first, stdin="old\n")
    console.answers = ["new", "new"]
    console.run("user", "passwd", "alice")
    assert password_of(console, "alice").verify("new")
    assert "within 60 s. From then on the old password is refused.\n" in capsys.readouterr().err
    console.run("user", "passwd", "alice", "--password-stdin", stdin="newer\r\n")
    assert password_of(console, "alice").verify("newer")


def test_a_bad_password_changes_nothing(console: Console) -> None:
    console.run("user", "add", "alice")
    before = stored_body(console.bucket)
    console.answers = ["one", "two"]
    with pytest.raises(BadPassword, match="differ"):
        console.run("user", "passwd", "alice")
    assert stored_body(console.bucket) == before


@pytest.mark.parametrize(("tokens", "said"), [(0, "0 tokens"), (1, "1 token"), (2, "2 tokens")])
def test_a_removed_user_takes_its_tokens_along(
    console: Console, capsys: pytest.CaptureFixture[str], tokens: int, said: str
) -> None:
    console.run("user", "add", "ci")
    console.run("user", "add", "alice")
    for _ in range(tokens):
        console.run("token", "create", "ci")
    capsys.readouterr()
    console.run("user", "remove", "ci")
    assert list(console.users.users) == ["alice"]
    assert not console.users.tokens
    out, err = capsys.readouterr()
    assert out == f"removed the user ci with {said}\n"
    assert "within 60 s" in err


@pytest.mark.parametrize(
    "command",
    [
        ["user", "set", "bob", "--projects", "demo"],
        ["user", "passwd", "bob"],
        ["user", "remove", "bob"],
        ["token", "create", "bob"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_of_an_unknown_user_it_is_said_who_there_is(console: Console, command: list[str]) -> None:
    console.run("user", "add", "alice")
    before = stored_body(console.bucket)
    with pytest.raises(UnknownUser, match="the users are: alice; `s3pypi-admin user add NAME -r acme`"):
        console.run(*command)
    assert stored_body(console.bucket) == before


def unlucky(console: Console, *meanwhile: str, stdin: str = "") -> Console:
    """The terminal of another, whose answers get lost, each after a command on ``console``."""
    return Console(LosesAnswers(console.bucket, lambda: console.run(*meanwhile, stdin=stdin)))


@pytest.mark.parametrize(
    "meanwhile",
    [
        ["user", "add", "bob"],
        ["user", "set", "alice", "--projects", "demo"],
        ["token", "create", "alice"],
    ],
    ids=" ".join,
)
def test_a_user_is_added_once_when_the_answer_got_lost_and_another_wrote_on_top(
    console: Console, capsys: pytest.CaptureFixture[str], meanwhile: list[str]
) -> None:
    unlucky(console, *meanwhile).run("user", "add", "alice", "--password-stdin", stdin="secret\n")
    assert password_of(console, "alice").verify("secret")
    out, err = capsys.readouterr()
    assert out.endswith("added the user alice, who may see every project\n")
    assert DOUBT not in err


@pytest.mark.parametrize(
    "meanwhile", [["user", "add", "bob"], ["token", "create", "ci"]], ids=lambda command: command[0]
)
def test_whoever_added_a_user_without_a_password_is_not_claimed_to_be_known(
    console: Console, capsys: pytest.CaptureFixture[str], meanwhile: list[str]
) -> None:
    unlucky(console, *meanwhile).run("user", "add", "ci")
    out, err = capsys.readouterr()
    assert out.endswith("added the user ci, who may see every project\n")
    assert DOUBT in err
    assert console.users.users["ci"].projects == ("*",)


@pytest.mark.parametrize("given", [[], ["--password-stdin"]], ids=["tokens only", "a password"])
def test_of_a_user_who_appeared_meanwhile_it_is_not_said_that_nothing_was_changed(
    console: Console, given: list[str]
) -> None:
    terminal = unlucky(console, "user", "passwd", "alice", "--password-stdin", stdin="another\n")
    with pytest.raises(UserExists, match="added or changed the user 'alice' while") as caught:
        terminal.run("user", "add", "alice", *given, stdin="secret\n")
    assert "nothing was changed" not in str(caught.value)
    assert password_of(console, "alice").verify("another")


def test_a_user_is_removed_once_when_the_answer_got_lost_and_another_wrote_on_top(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("user", "add", "ci")
    console.run("token", "create", "ci")
    unlucky(console, "user", "add", "bob").run("user", "remove", "ci")
    assert list(console.users.users) == ["bob"]
    out, err = capsys.readouterr()
    assert out.endswith("removed the user ci with 1 token\n")
    assert DOUBT in err


def test_users_are_listed_without_their_hashes(console: Console, capsys: pytest.CaptureFixture[str]) -> None:
    console.run("user", "add", "alice", "--password-stdin", stdin="secret\n")
    console.run("user", "add", "ci", "--projects", "acme-*", "demo")
    console.run("user", "add", "nobody", "--projects")
    console.run("token", "create", "ci")
    capsys.readouterr()
    console.run("user", "list")
    assert capsys.readouterr() == ("alice\tyes\t0\t*\nci\tno\t1\tacme-*,demo\nnobody\tno\t0\t-\n", "")


def test_an_empty_list_of_users_says_how_to_add_one(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("user", "list")
    out, err = capsys.readouterr()
    assert not out
    assert "`s3pypi-admin user add NAME -r acme`" in err
    assert not stored_body(console.bucket)


def test_a_list_names_what_the_edge_leaves_out(console: Console, capsys: pytest.CaptureFixture[str]) -> None:
    put_users(console.bucket, {"version": 1, "users": {"good": {"projects": []}, "a:b": {"projects": []}}})
    console.run("user", "list")
    out, err = capsys.readouterr()
    assert out == "good\tno\t0\t-\n"
    assert "warning: user 'a:b' is left out" in err
