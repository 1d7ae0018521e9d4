"""Who may do what with the bucket, whatever else allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cloudformation.acme import statements
from tests.cloudformation.iam import Call, allows
from tests.cloudformation.recorder import wanted
from tests.cloudformation.stacks import ACCOUNT

if TYPE_CHECKING:
    from tests.cloudformation.stacks import Stack

BUCKET = "arn:aws:s3:::acme-pypi"
CLOUDFRONT = {"Service": "cloudfront.amazonaws.com"}
ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
WHEEL = "packages/demo/demo-1.0-py3-none-any.whl"


def cloudfront_may(stack: Stack, action: str, resource: str, distribution: str) -> bool:
    """Whether CloudFront may, on behalf of a distribution of an account."""
    said = [
        statement
        for statement in statements(stack, "BucketPolicy")
        if statement["Principal"] in (CLOUDFRONT, "*")
    ]
    source = f"arn:aws:cloudfront::{distribution.replace('/', ':distribution/')}"
    return allows(said, Call(action, resource, frozenset({("AWS:SourceArn", source)})))


def an_owner_may(stack: Stack, call: Call) -> bool:
    """Whether somebody may who is otherwise allowed everything."""
    said = statements(stack, "BucketPolicy")
    return allows([ANYTHING, *(statement for statement in said if statement["Principal"] == "*")], call)


@pytest.mark.parametrize(
    ("action", "path", "distribution", "may"),
    [
        pytest.param("s3:GetObject", f"/{WHEEL}", f"{ACCOUNT}/E2XMPL", True, id="a package"),
        pytest.param("s3:ListBucket", "", f"{ACCOUNT}/E2XMPL", True, id="absent is a 404"),
        pytest.param("s3:GetObject", "/config/users.json", f"{ACCOUNT}/E2XMPL", False, id="no users"),
        pytest.param("s3:GetObject", "/config/keys.json", f"{ACCOUNT}/E2XMPL", False, id="no keys"),
        pytest.param("s3:GetObject", "/else", f"{ACCOUNT}/E2XMPL", False, id="nothing else"),
        pytest.param("s3:PutObject", f"/{WHEEL}", f"{ACCOUNT}/E2XMPL", False, id="no writing"),
        pytest.param("s3:GetObject", f"/{WHEEL}", f"{ACCOUNT}/E3", False, id="another distribution"),
        pytest.param("s3:ListBucket", "", f"{ACCOUNT}/E3", False, id="another distribution lists"),
        pytest.param("s3:GetObject", f"/{WHEEL}", "999999999999/E2XMPL", False, id="another account"),
    ],
)
def test_cloudfront_reads_packages_for_this_distribution_only(
    cdn: Stack, action: str, path: str, distribution: str, *, may: bool
) -> None:
    assert cloudfront_may(cdn, action, f"{BUCKET}{path}", distribution) is may


@pytest.mark.parametrize(
    ("operation", "key", "headers", "may"),
    [
        pytest.param("PutObject", WHEEL, {"If-None-Match"}, True, id="a new wheel"),
        pytest.param("PutObject", WHEEL, set(), False, id="a wheel over another"),
        pytest.param("PutObject", WHEEL, {"If-Match"}, False, id="a wheel in place of the one that was read"),
        pytest.param("PutObject", "packages/demo/demo-1.0.tar.gz", set(), False, id="an sdist"),
        pytest.param("PutObject", "packages/demo/demo-1.0.zip", set(), False, id="a zipped sdist"),
        pytest.param("PutObject", f"{WHEEL}.metadata", set(), False, id="metadata"),
        pytest.param("CreateMultipartUpload", WHEEL, set(), True, id="a large file begins"),
        pytest.param("UploadPart", WHEEL, set(), True, id="a part of it"),
        pytest.param("CompleteMultipartUpload", WHEEL, {"If-None-Match"}, True, id="it becomes an object"),
        pytest.param("CompleteMultipartUpload", WHEEL, set(), False, id="it replaces an object"),
        pytest.param("PutObject", "packages/demo/index.json", {"If-Match"}, True, id="a record changes"),
        pytest.param("PutObject", "packages/demo/index.html", {"If-Match"}, True, id="a page changes"),
        pytest.param("PutObject", "config/users.json", {"If-Match"}, True, id="users change"),
        pytest.param("DeleteObject", WHEEL, set(), True, id="who may, deletes"),
    ],
)
def test_a_distribution_is_written_once_whoever_asks(
    cdn: Stack, operation: str, key: str, headers: set[str], *, may: bool
) -> None:
    (call,) = wanted(operation, f"https://s3.amazonaws.com/acme-pypi/{key}", headers)
    assert an_owner_may(cdn, call) is may


def test_nothing_is_copied_over_a_distribution(cdn: Stack) -> None:
    # S3: a copy makes an object, and answers 501 to If-None-Match where a policy asks for that.
    copy = Call("s3:PutObject", f"{BUCKET}/{WHEEL}", frozenset({("s3:ObjectCreationOperation", "true")}))
    assert not an_owner_may(cdn, copy)


@pytest.mark.parametrize(
    ("secure", "may"), [pytest.param("true", True, id="https"), pytest.param("false", False, id="http")]
)
@pytest.mark.parametrize("resource", [BUCKET, f"{BUCKET}/packages/index.json", f"{BUCKET}/config/users.json"])
def test_nothing_travels_in_the_clear(cdn: Stack, resource: str, secure: str, *, may: bool) -> None:
    call = Call("s3:GetObject", resource, frozenset({("aws:SecureTransport", secure)}))
    assert an_owner_may(cdn, call) is may
