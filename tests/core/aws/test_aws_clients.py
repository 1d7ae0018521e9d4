from __future__ import annotations

import pytest
from botocore import exceptions as aws  # noqa: TID251  # AWS's side

from s3pypi_core.aws.aws_clients import AwsBusy, AwsClients, AwsRefusal, AwsUnreachable, ask, explained
from s3pypi_core.errors import RepositoryError


def refusal(code: str, status: int = 400) -> aws.ClientError:
    answer = {"Error": {"Code": code, "Message": "said"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return aws.ClientError(answer, "DescribeStacks")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "sentence", "hint"),
    [
        pytest.param("ExpiredTokenException", "the AWS session has expired", "aws sso login", id="expired"),
        pytest.param("RequestExpired", "the AWS session has expired", "aws sso login", id="expired at EC2's"),
        pytest.param(
            "AccessDeniedException", "access denied: DescribeStacks: said", "the policy", id="denied"
        ),
        pytest.param("403", "access denied: DescribeStacks: said", "the policy", id="denied to HEAD"),
        pytest.param("InvalidClientTokenId", "AWS refused DescribeStacks", "aws configure list", id="key"),
        pytest.param("SignatureDoesNotMatch", "AWS refused", "clock of this machine", id="secret"),
        pytest.param("ValidationError", "AWS refused DescribeStacks: ValidationError: said", "", id="other"),
    ],
)
def test_a_refusal_is_a_sentence_with_a_hint(code: str, sentence: str, hint: str) -> None:
    with pytest.raises(AwsRefusal) as error, explained():
        raise refusal(code)
    assert sentence in error.value.message
    assert hint in error.value.hint
    assert not isinstance(error.value, AwsBusy)


@pytest.mark.parametrize(
    ("code", "status"), [("Throttling", 400), ("TooManyRequestsException", 429), ("InternalFailure", 500)]
)
def test_what_may_work_later_is_told_apart(code: str, status: int) -> None:
    with pytest.raises(AwsBusy), explained():
        raise refusal(code, status)


def test_what_is_not_there_is_none_and_any_other_refusal_is_raised() -> None:
    def request() -> str:
        raise refusal("NoSuchBucket")

    assert ask(lambda: "found", none_if={"NoSuchBucket"}) == "found"
    assert ask(request, none_if={"NoSuchBucket"}) is None
    with pytest.raises(AwsRefusal, match="NoSuchBucket: said"):
        ask(request, none_if={"NoSuchKey"})


REGION = "check the region (--region, AWS_REGION), the network, and AWS_ENDPOINT_URL if it is set"


@pytest.mark.parametrize(
    ("error", "sentence", "hint"),
    [
        pytest.param(
            aws.NoCredentialsError(),
            "no AWS credentials were found",
            "aws configure; or",
            id="no credentials",
        ),
        pytest.param(
            aws.EndpointConnectionError(endpoint_url="https://cloudformation.eu-mars-1.amazonaws.com/"),
            "cannot reach https://cloudformation.eu-mars-1.amazonaws.com",
            REGION,
            id="wrong region",
        ),
        pytest.param(
            aws.ConnectTimeoutError(endpoint_url="https://sts.eu-mars-1.amazonaws.com/"),
            "cannot reach https://sts.eu-mars-1.amazonaws.com",
            REGION,
            id="no answer",
        ),
        pytest.param(
            aws.HTTPClientError(error="x"), "a request to AWS could not be sent", "line breaks", id="not S3"
        ),
        pytest.param(
            EOFError(), "asks for an MFA code, and nobody can be asked", "export-credentials", id="MFA code"
        ),
    ],
)
def test_what_never_reached_aws_is_a_sentence_too(error: Exception, sentence: str, hint: str) -> None:
    with pytest.raises(RepositoryError, match=sentence) as told, explained():
        raise error
    assert hint in told.value.hint
    # Options and variables of S3 alone.
    assert "--endpoint-url" not in told.value.hint
    assert "_S3" not in told.value.hint


@pytest.mark.parametrize(
    ("error", "later"),
    [
        pytest.param(
            aws.EndpointConnectionError(endpoint_url="https://sts.amazonaws.com/"), True, id="no way"
        ),
        pytest.param(
            aws.ConnectTimeoutError(endpoint_url="https://sts.amazonaws.com/"), True, id="no answer"
        ),
        pytest.param(
            aws.ReadTimeoutError(endpoint_url="https://sts.amazonaws.com/"), True, id="half an answer"
        ),
        pytest.param(aws.ConnectionClosedError(endpoint_url="https://sts.amazonaws.com/"), True, id="broken"),
        pytest.param(aws.NoCredentialsError(), False, id="no credentials"),
        pytest.param(aws.HTTPClientError(error="x"), False, id="cannot be sent"),
    ],
)
def test_a_network_that_drops_may_be_back_later(error: Exception, *, later: bool) -> None:
    with pytest.raises(RepositoryError) as told, explained():
        raise error
    assert isinstance(told.value, AwsUnreachable) == later
    assert not isinstance(told.value, AwsRefusal)


def test_a_profile_that_is_not_there_is_told() -> None:
    with pytest.raises(RepositoryError, match="there is no AWS profile named 'nobody'"):
        AwsClients.open(profile="nobody")


def test_each_client_is_one_of_its_region() -> None:
    clients = AwsClients.open()
    made = (clients.cloudformation, clients.acm, clients.functions, clients.s3, clients.sts)
    services = [make("eu-west-1").meta.service_model.service_name for make in made]
    assert services == ["cloudformation", "acm", "lambda", "s3", "sts"]
    assert clients.zones().meta.service_model.service_name == "route53"
    assert clients.sts("eu-west-1").meta.region_name == "eu-west-1"
