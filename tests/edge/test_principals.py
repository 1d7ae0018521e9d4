from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3pypi_edge.principals import NOBODY, Principal, check_arn, parse_principals, split_assumed_role
from s3pypi_edge.users import UserStore
from tests.edge.gates import USERS, user_store

ROLE = "arn:aws:iam::123456789012:role/"
USER = "arn:aws:iam::123456789012:user/"


def record(arn: object, **fields: object) -> dict[str, object]:
    return {"arn": arn, "projects": ["*"], "not_before": None, "expires": None, **fields}


def find_among(arn: str, listed: list[str]) -> str | None:
    principals, problems = parse_principals([record(name) for name in listed])
    assert not problems
    found = principals.find(arn)
    return found and found.arn


@pytest.mark.parametrize(
    ("arn", "stored"),
    [
        pytest.param(f"{ROLE}Developer", f"{ROLE}Developer", id="role"),
        pytest.param(f"{ROLE}team/eu/Developer", f"{ROLE}Developer", id="role with a path"),
        pytest.param(
            f"{ROLE}aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef",
            f"{ROLE}AWSReservedSSO_Dev_0123456789abcdef",
            id="role of IAM Identity Center",
        ),
        pytest.param(f"{ROLE}Dev*", f"{ROLE}Dev*", id="glob"),
        pytest.param(f"{USER}team/bob", f"{USER}team/bob", id="user with a path"),
        pytest.param(f"{USER}team/*", f"{USER}team/*", id="users below a path"),
        pytest.param("arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:root", id="root"),
        pytest.param("arn:aws:iam::123456789012:*", "arn:aws:iam::123456789012:*", id="a whole account"),
        pytest.param(
            "arn:aws:sts::123456789012:federated-user/bob",
            "arn:aws:sts::123456789012:federated-user/bob",
            id="federated user",
        ),
    ],
)
def test_an_arn_is_stored_as_sts_says_it(arn: str, stored: str) -> None:
    assert check_arn(arn) == stored
    assert check_arn(stored) == stored


@pytest.mark.parametrize(
    ("arn", "problem"),
    [
        pytest.param("", "number of an account", id="empty"),
        pytest.param("Developer", "number of an account", id="a name"),
        pytest.param("*", "number of an account", id="everybody in the world"),
        pytest.param("arn:aws:iam::*:role/Developer", "number of an account", id="any account"),
        pytest.param("arn:aws:iam::12345678901?:root", "number of an account", id="ten accounts"),
        pytest.param("arn:aws:iam::12345678901:root", "number of an account", id="eleven digits"),
        pytest.param("arn:*:iam::123456789012:root", "number of an account", id="any partition"),
        pytest.param("arn:aws-cn:iam::123456789012:root", "number of an account", id="another partition"),
        pytest.param("arn:aws:s3::123456789012:root", "number of an account", id="another service"),
        pytest.param("arn:aws:iam::123456789012:", "names no role", id="nothing behind the account"),
        pytest.param("arn:aws:iam::123456789012:group/dev", "names no role", id="a group"),
        pytest.param(ROLE, "names no role", id="no name"),
        pytest.param(f"{ROLE}Dev[ab]", "names no role", id="a bracket"),
        pytest.param(f"{ROLE}Dev eloper", "names no role", id="a space"),
        pytest.param(f"{ROLE}Developer\n", "number of an account", id="a newline"),
        pytest.param(f"{ROLE}team/*", "no glob can go with one", id="every role below a path"),
        pytest.param(f"{ROLE}*/Developer", "no glob can go with one", id="a role below any path"),
        pytest.param(f"{USER}{'x/' * 400}bob", "names no role", id="too long"),
        pytest.param("arn:aws:sts::123456789012:assumed-role/", "names no role", id="no role"),
        pytest.param(
            "arn:aws:sts::123456789012:assumed-role/Developer/alice@acme.com",
            f"a session of {ROLE}Developer, which can be",
            id="a session, whose name is free to choose",
        ),
    ],
)
def test_an_arn_that_is_none_or_too_wide_is_refused(arn: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        check_arn(arn)


@pytest.mark.parametrize(
    ("arn", "listed", "found"),
    [
        pytest.param(f"{ROLE}Dev", [f"{ROLE}Dev"], f"{ROLE}Dev", id="exactly"),
        pytest.param(f"{ROLE}Dev", [f"{ROLE}D?v"], f"{ROLE}D?v", id="by glob"),
        pytest.param(f"{ROLE}Dev", [f"{ROLE}*", f"{ROLE}Dev"], f"{ROLE}Dev", id="exactly before by glob"),
        pytest.param(f"{ROLE}Dev", [f"{ROLE}D*", f"{ROLE}*v"], f"{ROLE}D*", id="the first glob"),
        pytest.param(f"{ROLE}dev", [f"{ROLE}Dev"], None, id="another case"),
        pytest.param(f"{USER}Dev", [f"{ROLE}*"], None, id="a user is no role"),
        pytest.param(f"{USER}a/b/Dev", [f"{USER}*"], f"{USER}*", id="a user below a path"),
        pytest.param("arn:aws:iam::999999999999:role/Dev", [f"{ROLE}*"], None, id="another account"),
        pytest.param(f"{ROLE}Dev", ["arn:aws:iam::123456789012:*"], "arn:aws:iam::123456789012:*", id="all"),
        pytest.param(f"{ROLE}Dev", [], None, id="nobody"),
    ],
)
def test_a_principal_is_found_by_the_arn_of_a_caller(arn: str, listed: list[str], found: str | None) -> None:
    assert find_among(arn, listed) == found


@given(account=st.from_regex(r"\A[0-9]{12}\Z"), name=st.from_regex(r"\A[A-Za-z0-9+=,.@_-]{1,64}\Z"))
def test_no_glob_reaches_into_another_account(account: str, name: str) -> None:
    listed = ["arn:aws:iam::123456789012:*", f"{ROLE}*", f"{USER}*"]
    found = find_among(f"arn:aws:iam::{account}:role/{name}", listed)
    assert (found is not None) == (account == "123456789012")


def test_times_and_projects_are_read() -> None:
    fields = {"not_before": "2027-01-15T08:00:00Z", "expires": "2027-01-15T09:00:00Z", "projects": ["A_*"]}
    principals, _ = parse_principals([record(f"{ROLE}Dev", **fields)])
    start = 1_800_000_000.0
    dev = principals.by_arn[f"{ROLE}Dev"]
    assert dev == Principal(f"{ROLE}Dev", ("a-*",), start, start + 3600)
    assert [dev.is_expired(start + 3599), dev.is_expired(start + 3600)] == [False, True]
    assert [dev.is_revoked(start), dev.is_revoked(start + 1)] == [True, False]


def test_a_principal_without_times_is_bound_by_none() -> None:
    principals, _ = parse_principals([{"arn": f"{ROLE}Dev", "projects": []}])
    dev = principals.by_arn[f"{ROLE}Dev"]
    assert not dev.is_expired(1e12)
    assert not dev.is_revoked(0)


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        pytest.param([], "principal 2 is left out: it is not an object", id="no object"),
        pytest.param({}, "principal 2 is left out: its ARN is not one", id="empty"),
        pytest.param(record(7), "principal 2 is left out: its ARN is not one", id="a number"),
        pytest.param(record("x"), "principal x is left out: it does not begin like", id="no ARN"),
        pytest.param(record(f"{ROLE}a/Dev"), "is left out: its ARN is not one as STS says it", id="a path"),
        pytest.param(record(f"{ROLE}Dev"), "is left out: its ARN is there twice", id="twice"),
        pytest.param(record(f"{ROLE}X", projects="*"), "not a list of texts", id="projects in a text"),
        pytest.param(record(f"{ROLE}X", projects=[1]), "not a list of texts", id="a number for a glob"),
        pytest.param(record(f"{ROLE}X", projects=["/"]), "not a project name", id="impossible glob"),
        pytest.param(record(f"{ROLE}X", expires=1), "its expires is not a text", id="a number for a time"),
        pytest.param(record(f"{ROLE}X", not_before="now"), "is not a time like", id="no time"),
    ],
)
def test_a_bad_record_is_left_out_and_named_and_the_good_ones_stay(bad: object, problem: str) -> None:
    good = record(f"{ROLE}Dev")
    store = UserStore.parse(user_store(USERS, [good, bad]))
    assert list(store.users) == list(USERS)
    assert list(store.principals.by_arn) == [f"{ROLE}Dev"]
    (said,) = store.problems
    assert problem in said


@pytest.mark.parametrize("principals", [None, {}, "*", 7])
def test_principals_that_are_no_list_let_in_nobody_and_no_user_less(principals: object) -> None:
    store = UserStore.parse(user_store(USERS, principals))
    assert store.principals == NOBODY
    assert list(store.users) == list(USERS)
    assert store.problems == ("the principals are left out: they are not a list",)


def test_a_store_need_not_have_principals() -> None:
    store = UserStore.parse(b'{"version": 1, "users": {}}')
    assert (store.principals, store.problems) == (NOBODY, ())


def test_who_assumed_no_role_is_told_apart() -> None:
    assert split_assumed_role(f"{ROLE}Developer") is None
