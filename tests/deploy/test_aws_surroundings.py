"""Against moto where it is faithful, and against botocore's model where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber  # noqa: TID251  # AWS's side
from moto import mock_aws

from s3pypi_core.aws.aws_clients import AwsClients, AwsRefusal
from s3pypi_deploy.aws_surroundings import AwsSurroundings
from s3pypi_deploy.errors import BucketNameTaken, NotLetGo
from s3pypi_deploy.surroundings import Certificate
from s3pypi_deploy.zones import Zone
from tests.deploy.places import CERTIFICATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_route53.literals import RRTypeType
    from mypy_boto3_route53.type_defs import AliasTargetTypeDef, ChangeTypeDef, ResourceRecordSetTypeDef

ACCOUNT = "123456789012"  # moto's too
REPLICATED = "Lambda was unable to delete it because it is a replicated function."
RECORD = {"Name": "_1.acme.com.", "Type": "CNAME", "Value": "_2.acm-validations.aws."}


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKTESTS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.fixture
def around(keys: None) -> Iterator[AwsSurroundings]:  # noqa: ARG001  # fixtures are asked for by name
    with mock_aws():
        yield AwsSurroundings(AwsClients.open(), "eu-central-1")


class Script:
    """Surroundings with a client that answers what is queued."""

    def __init__(self, service: str) -> None:
        clients = AwsClients.open()
        client: Any = getattr(clients, service)(*(() if service == "zones" else ("us-east-1",)))
        object.__setattr__(clients, service, lambda *_region: client)
        self.stub = Stubber(client)
        self.around = AwsSurroundings(clients, "eu-central-1")


def test_the_account_is_asked_for(around: AwsSurroundings) -> None:
    assert around.account() == ACCOUNT


def test_a_bucket_is_found_with_its_region(around: AwsSurroundings) -> None:
    assert around.bucket_region("acme-wheels", ACCOUNT) is None
    around.clients.s3("eu-west-1").create_bucket(
        Bucket="acme-wheels", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    assert around.bucket_region("acme-wheels", ACCOUNT) == "eu-west-1"


@pytest.mark.parametrize(
    ("code", "error"),
    [("403", BucketNameTaken), ("400", AwsRefusal)],
    ids=["somebody else's", "another refusal"],
)
@pytest.mark.usefixtures("keys")
def test_a_bucket_that_may_not_be_looked_at_is_refused(code: str, error: type[Exception]) -> None:
    script = Script("s3")
    script.stub.add_client_error("head_bucket", code, "Forbidden", int(code))
    with script.stub, pytest.raises(error):
        script.around.bucket_region("acme", ACCOUNT)


def test_code_goes_into_a_private_encrypted_bucket_of_its_own_once(around: AwsSurroundings) -> None:
    assert around.store_code("acme-code", "edge-1.zip", b"zip", ACCOUNT)
    assert not around.store_code("acme-code", "edge-1.zip", b"zip", ACCOUNT)
    client = around.clients.s3("us-east-1")
    block = client.get_public_access_block(Bucket="acme-code")["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    rules = client.get_bucket_encryption(Bucket="acme-code")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert around.bucket_region("acme-code", ACCOUNT) == "us-east-1"
    assert around.load_code("acme-code", "edge-1.zip", ACCOUNT) == b"zip"


def test_code_that_is_gone_is_none(around: AwsSurroundings) -> None:
    assert around.load_code("acme-code", "edge-1.zip", ACCOUNT) is None
    around.store_code("acme-code", "edge-1.zip", b"zip", ACCOUNT)
    assert around.load_code("acme-code", "edge-2.zip", ACCOUNT) is None


@pytest.mark.parametrize(
    ("method", "code", "error"),
    [
        pytest.param("create_bucket", "BucketAlreadyExists", BucketNameTaken, id="name taken"),
        pytest.param("create_bucket", "OperationAborted", NotLetGo, id="name not let go"),
        pytest.param("create_bucket", "AccessDenied", AwsRefusal, id="may not create"),
        pytest.param("put_object", "AccessDenied", AwsRefusal, id="may not put"),
        pytest.param("get_object", "AccessDenied", AwsRefusal, id="may not get"),
    ],
)
@pytest.mark.usefixtures("keys")
def test_what_s3_refuses_is_told(method: str, code: str, error: type[Exception]) -> None:
    script = Script("s3")
    if method == "create_bucket":
        script.stub.add_client_error("head_bucket", "404", "Not Found", 404)
    elif method == "put_object":
        script.stub.add_response("head_bucket", {"BucketRegion": "us-east-1"})
    script.stub.add_client_error(method, code, "no")

    def act() -> object:
        if method == "get_object":
            return script.around.load_code("acme-code", "k", ACCOUNT)
        return script.around.store_code("acme-code", "k", b"", ACCOUNT)

    with script.stub, pytest.raises(error):
        act()


@pytest.mark.parametrize("taken", ["head_bucket", "create_bucket"])
@pytest.mark.usefixtures("keys")
def test_the_name_of_the_codes_bucket_is_changed_with_the_repositorys(taken: str) -> None:
    script = Script("s3")
    if taken == "head_bucket":
        script.stub.add_client_error("head_bucket", "403", "Forbidden", 403)
    else:
        script.stub.add_client_error("head_bucket", "404", "Not Found", 404)
        script.stub.add_client_error("create_bucket", "BucketAlreadyExists", "no")
    with script.stub, pytest.raises(BucketNameTaken) as error:
        script.around.store_code("acme-code", "k", b"", ACCOUNT)
    assert error.value.hint.endswith("choose another with --name")


@pytest.mark.usefixtures("keys")
def test_a_bucket_that_another_run_made_meanwhile_is_made_private_all_the_same() -> None:
    script = Script("s3")
    script.stub.add_client_error("head_bucket", "404", "Not Found", 404)
    script.stub.add_client_error("create_bucket", "BucketAlreadyOwnedByYou", "yours")
    script.stub.add_response("put_public_access_block", {})
    script.stub.add_response("put_bucket_encryption", {})
    script.stub.add_response("put_object", {})
    with script.stub:
        assert script.around.store_code("acme-code", "k", b"", ACCOUNT)
        script.stub.assert_no_pending_responses()


def test_every_version_of_every_object_goes_and_then_the_bucket(around: AwsSurroundings) -> None:
    client = around.clients.s3("eu-central-1")
    client.create_bucket(
        Bucket="acme-wheels", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    client.put_bucket_versioning(Bucket="acme-wheels", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        client.put_object(Bucket="acme-wheels", Key="packages/index.json", Body=body)
    client.delete_object(Bucket="acme-wheels", Key="packages/index.json")
    assert list(around.empty("acme-wheels", "eu-central-1", ACCOUNT)) == [3]
    around.delete_bucket("acme-wheels", "eu-central-1", ACCOUNT)
    assert around.bucket_region("acme-wheels", ACCOUNT) is None


def test_a_bucket_that_is_gone_is_empty_and_deleted(around: AwsSurroundings) -> None:
    assert list(around.empty("acme-wheels", "eu-central-1", ACCOUNT)) == []
    around.delete_bucket("acme-wheels", "eu-central-1", ACCOUNT)


@pytest.mark.usefixtures("keys")
def test_an_object_that_will_not_go_is_told() -> None:
    script = Script("s3")
    versions = {"Versions": [{"Key": "k", "VersionId": "1"}]}
    script.stub.add_response("list_object_versions", versions)
    error = {"Key": "k", "Code": "AccessDenied", "Message": "no"}
    script.stub.add_response("delete_objects", {"Errors": [error]})
    with script.stub, pytest.raises(AwsRefusal, match="k: no"):
        list(script.around.empty("acme", "eu-central-1", ACCOUNT))


@pytest.mark.parametrize("method", ["list_object_versions", "delete_bucket"])
@pytest.mark.usefixtures("keys")
def test_a_bucket_that_may_not_be_emptied_or_deleted_is_told(method: str) -> None:
    script = Script("s3")
    script.stub.add_client_error(method, "AccessDenied", "no")

    def act() -> None:
        if method == "delete_bucket":
            script.around.delete_bucket("acme", "eu-central-1", ACCOUNT)
        list(script.around.empty("acme", "eu-central-1", ACCOUNT))

    with script.stub, pytest.raises(AwsRefusal, match="access denied"):
        act()


@pytest.mark.usefixtures("keys")
def test_a_certificate_is_read() -> None:
    script = Script("acm")
    found = {
        "DomainName": "acme.com",
        "SubjectAlternativeNames": ["acme.com", "*.acme.com"],
        "Status": "ISSUED",
        "DomainValidationOptions": [
            {"DomainName": "acme.com", "ValidationStatus": "SUCCESS", "ResourceRecord": RECORD},
            {"DomainName": "*.acme.com", "ValidationStatus": "PENDING_VALIDATION", "ResourceRecord": RECORD},
            {"DomainName": "new.acme.com", "ValidationStatus": "PENDING_VALIDATION"},
        ],
    }
    script.stub.add_response("describe_certificate", {"Certificate": found}, {"CertificateArn": CERTIFICATE})
    script.stub.add_client_error("describe_certificate", "ResourceNotFoundException", "no")
    script.stub.add_client_error("describe_certificate", "AccessDeniedException", "no")
    with script.stub:
        certificate = script.around.certificate(CERTIFICATE)
        names, records = ("acme.com", "*.acme.com"), ("_1.acme.com. CNAME _2.acm-validations.aws.",)
        assert certificate == Certificate(CERTIFICATE, "ISSUED", names, records=records)
        assert script.around.certificate(CERTIFICATE) is None
        with pytest.raises(AwsRefusal):
            script.around.certificate(CERTIFICATE)


@pytest.mark.usefixtures("keys")
def test_numbered_versions_are_listed() -> None:
    script = Script("functions")
    versions = [{"Version": "$LATEST"}, {"Version": "1"}, {"Version": "2"}]
    script.stub.add_response("list_versions_by_function", {"Versions": versions}, {"FunctionName": "f"})
    script.stub.add_client_error("list_versions_by_function", "ResourceNotFoundException", "no")
    script.stub.add_client_error("list_versions_by_function", "AccessDeniedException", "no")
    with script.stub:
        assert script.around.versions("f") == ["1", "2"]
        assert script.around.versions("f") == []
        with pytest.raises(AwsRefusal):
            script.around.versions("f")


@pytest.mark.usefixtures("keys")
def test_functions_are_listed_from_all_pages() -> None:
    script = Script("functions")
    page = {"Functions": [{"FunctionName": "f"}], "NextMarker": "more"}
    script.stub.add_response("list_functions", page, {})
    script.stub.add_response("list_functions", {"Functions": [{"FunctionName": "g"}]}, {"Marker": "more"})
    script.stub.add_client_error("list_functions", "AccessDeniedException", "no")
    with script.stub:
        assert script.around.functions() == ["f", "g"]
        with pytest.raises(AwsRefusal, match="access denied"):
            script.around.functions()


@pytest.mark.usefixtures("keys")
def test_a_function_goes_unless_it_has_copies_or_went_already() -> None:
    script = Script("functions")
    script.stub.add_response("delete_function", {}, {"FunctionName": "f"})
    script.stub.add_client_error("delete_function", "InvalidParameterValueException", REPLICATED)
    script.stub.add_client_error("delete_function", "ResourceNotFoundException", "no")
    with script.stub:
        assert script.around.delete_function("f")
        assert not script.around.delete_function("f")
        assert script.around.delete_function("f")


@pytest.mark.usefixtures("keys")
def test_a_version_goes_unless_it_has_copies() -> None:
    script = Script("functions")
    script.stub.add_response("delete_function", {}, {"FunctionName": "f", "Qualifier": "1"})
    script.stub.add_client_error("delete_function", "InvalidParameterValueException", REPLICATED)
    script.stub.add_client_error("delete_function", "AccessDeniedException", "no")
    with script.stub:
        assert script.around.delete_version("f", "1")
        assert not script.around.delete_version("f", "1")
        with pytest.raises(AwsRefusal):
            script.around.delete_version("f", "1")


@pytest.mark.usefixtures("keys")
def test_a_zone_is_read() -> None:
    script = Script("zones")
    zone = {"Id": "/hostedzone/Z1", "Name": "acme.com.", "CallerReference": "x"}
    answer = {"HostedZone": {**zone, "Config": {"PrivateZone": True}}}
    script.stub.add_response("get_hosted_zone", answer, {"Id": "Z1"})
    script.stub.add_response("get_hosted_zone", {"HostedZone": zone})
    script.stub.add_client_error("get_hosted_zone", "NoSuchHostedZone", "no")
    script.stub.add_client_error("get_hosted_zone", "AccessDenied", "no")
    with script.stub:
        assert script.around.zone("Z1") == Zone("Z1", "acme.com", is_private=True)
        assert script.around.zone("Z1") == Zone("Z1", "acme.com")
        assert script.around.zone("Z1") is None
        with pytest.raises(AwsRefusal):
            script.around.zone("Z1")


def test_records_of_a_name_are_those_that_say_where_it_leads(around: AwsSurroundings) -> None:
    client = around.clients.zones()
    zone = client.create_hosted_zone(Name="acme.com", CallerReference="x")["HostedZone"]["Id"].split("/")[-1]
    alias: AliasTargetTypeDef = {
        "DNSName": "d1.cloudfront.net.",
        "HostedZoneId": "Z2FDTNDATAQYW2",
        "EvaluateTargetHealth": False,
    }

    def record(name: str, kind: RRTypeType, *values: str) -> ResourceRecordSetTypeDef:
        return {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": one} for one in values]}

    records: list[ResourceRecordSetTypeDef] = [
        record("pypi.acme.com", "A", "192.0.2.1", "192.0.2.2"),
        {"Name": "pypi.acme.com", "Type": "AAAA", "AliasTarget": alias},
        record("pypi.acme.com", "TXT", '"words"'),
        record("a.acme.com", "A", "192.0.2.3"),
        record("z.acme.com", "CNAME", "elsewhere.example"),
    ]
    changes: list[ChangeTypeDef] = [{"Action": "CREATE", "ResourceRecordSet": one} for one in records]
    client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    assert around.zone(zone) == Zone(zone, "acme.com")
    found = ["A 192.0.2.1, 192.0.2.2", "AAAA alias of d1.cloudfront.net."]
    assert list(around.records(zone, "pypi.acme.com")) == found
    assert list(around.records(zone, "z.acme.com")) == ["CNAME elsewhere.example"]
    assert list(around.records(zone, "new.acme.com")) == []


@pytest.mark.usefixtures("keys")
def test_acls_are_off_where_the_owner_of_the_bucket_owns_everything() -> None:
    script = Script("s3")
    method, asked = "get_bucket_ownership_controls", {"Bucket": "acme-logs", "ExpectedBucketOwner": ACCOUNT}
    for ownership in ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"):
        rules = [{"ObjectOwnership": ownership}]
        script.stub.add_response(method, {"OwnershipControls": {"Rules": rules}}, asked)
    for code in ("OwnershipControlsNotFoundError", "NoSuchBucket", "AccessDenied"):
        script.stub.add_client_error(method, code, "no")
    with script.stub:
        found = [script.around.takes_acls("acme-logs", ACCOUNT) for _ in range(5)]
        assert found == [False, True, True, True, None]
        with pytest.raises(AwsRefusal):
            script.around.takes_acls("acme-logs", ACCOUNT)
