from __future__ import annotations

import json
import re

import pytest

from s3pypi_core.bucket import CONFIG_HEADERS
from s3pypi_core.config.config import read_config
from s3pypi_core.errors import RepositoryError, UsageError
from s3pypi_deploy.blueprint import Blueprint
from s3pypi_deploy.down import take_down
from s3pypi_deploy.errors import NotLetGo
from s3pypi_deploy.stacks import REVIEW, Stack
from s3pypi_deploy.surroundings import Certificate
from s3pypi_deploy.templates import bucket_template, cdn_template, edge_template
from s3pypi_deploy.whereabouts import Whereabouts
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, SIGNING_KEYS_KEY, USERS_KEY
from s3pypi_edge.signing_keys import KeyRing
from s3pypi_edge.users import UserStore
from tests.deploy.places import CERTIFICATE, HOME, TRIAL, ZONED, Place, settings
from tests.deploy.template import ACCOUNT, Template

BUCKET = f"acme-pypi-{ACCOUNT}"
ROLE = "arn:aws:iam::123456789012:role/Developer"
NAMED = {"RepositoryName": "acme", "BucketName": "acme-wheels"}
ALL = {"acme-bucket", "acme-edge", "acme-cdn"}


def test_one_command_stands_the_repository_up(place: Place) -> None:
    place.answers = ["y\n"]
    assert place.up(*ZONED, yes=False)
    assert set(place.states()) == ALL
    assert set(place.states().values()) <= {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    assert "https://pypi.acme.com/simple/ stands" in place.out
    assert "index-url https://pypi.acme.com/simple/" in place.err
    assert "s3pypi-admin -r acme user add ci" in place.err


def test_outputs_become_the_parameters_of_the_next_stack(place: Place) -> None:
    place.up(*ZONED, "--waf-rate", "500", "--tag", "team=packages")
    cdn, edge = place.cloud.stack("acme-cdn"), place.cloud.stack("acme-edge")
    assert cdn.parameters["ViewerRequestArn"] == edge.outputs["ViewerRequestArn"]
    assert cdn.parameters["CertificateArn"] == edge.outputs["CertificateArn"]
    assert cdn.parameters["WebAclArn"] == edge.outputs["WebAclArn"]
    assert cdn.parameters["BucketRegionalDomainName"] == f"{BUCKET}.s3.{HOME}.amazonaws.com"
    assert edge.region == "us-east-1"


def test_who_cares_for_the_bucket_learns_of_the_distribution(place: Place) -> None:
    place.up()
    distribution = place.cloud.stack("acme-cdn").outputs["DistributionId"]
    assert place.cloud.stack("acme-bucket").parameters["DistributionId"] == distribution


def test_a_second_run_has_nothing_to_change_and_says_so(place: Place) -> None:
    place.up()
    calls = len(place.cloud.calls)
    assert place.up(yes=False)  # nobody is asked
    assert "execute" not in {method for method, _ in place.cloud.calls[calls:]}
    assert "nothing to change" in place.out
    assert "is up to date: nothing to change" in place.out


def test_a_stranger_gets_401_from_the_first_minute(place: Place) -> None:
    place.up()
    objects = place.buckets[BUCKET].objects
    assert set(objects) == {ROOT_RECORD, ROOT_PAGE, USERS_KEY}
    assert UserStore.parse(objects[USERS_KEY].body).users == {}


def test_the_user_store_is_there_before_the_function(place: Place) -> None:
    place.cloud.fails["acme-edge", "Edge"] = "Rate exceeded"
    with pytest.raises(RepositoryError):
        place.up()
    assert USERS_KEY in place.buckets[BUCKET].objects


def test_principals_of_the_first_run_are_let_in_with_a_key_for_their_sessions(place: Place) -> None:
    place.up(*TRIAL, "--allow-principal", "arn:aws:iam::123456789012:role/team/Developer")
    objects = place.buckets[BUCKET].objects
    (principal,) = json.loads(objects[USERS_KEY].body)["principals"]
    assert (principal["arn"], principal["projects"]) == (ROLE, ["*"])
    assert UserStore.parse(objects[USERS_KEY].body).problems == ()
    ring = KeyRing.parse(objects[SIGNING_KEYS_KEY].body)
    assert (len(ring.keys), ring.problems) == (1, ())
    assert f"come in with their AWS credentials: {ROLE}" in place.err
    assert read_config({"S3PYPI_CONFIG": str(place.config)}).repositories[0].auth == "aws"


def test_principals_of_a_later_run_are_named_with_the_command_that_lets_them_in(place: Place) -> None:
    place.up()
    before = dict(place.buckets[BUCKET].objects)
    place.up(*TRIAL, "--allow-principal", ROLE)
    place.up(*TRIAL, "--allow-principal", ROLE)
    after = place.buckets[BUCKET].objects
    assert {key: after[key] for key in before} == before
    assert f"s3pypi-admin -r acme principal add {ROLE}" in place.err


@pytest.mark.parametrize(
    ("users", "principals"),
    [
        pytest.param({"ci": {"projects": ["*"]}}, [], id="a user"),
        pytest.param({}, [{"arn": ROLE, "projects": ["*"]}], id="a principal"),
        pytest.param({}, [{"arn": f"{ROLE}*", "projects": ["*"]}], id="a principal that is several"),
    ],
)
def test_where_somebody_comes_in_nobody_is_to_be_let_in(
    place: Place, users: dict[str, object], principals: list[object]
) -> None:
    store = {"version": 1, "users": users, "principals": principals}
    assert UserStore.parse(json.dumps(store).encode()).problems == ()
    place.open_bucket(BUCKET).create(USERS_KEY, json.dumps(store).encode(), CONFIG_HEADERS)
    place.up()
    assert "s3pypi-admin" not in place.err


def test_a_user_store_that_cannot_be_read_is_told_and_left_alone(place: Place) -> None:
    place.open_bucket(BUCKET).create(USERS_KEY, b"[]", CONFIG_HEADERS)
    place.up()
    assert (
        "the user store cannot be read. What is wrong with it says:\n  s3pypi-admin -r acme user" in place.err
    )
    assert place.buckets[BUCKET].objects[USERS_KEY].body == b"[]"


def test_the_section_is_written_once(place: Place) -> None:
    place.up(*ZONED, profile="ops")
    (section,) = read_config({"S3PYPI_CONFIG": str(place.config)}).repositories
    assert (section.name, section.url) == ("acme", "https://pypi.acme.com/simple/")
    assert (section.bucket, section.region, section.profile) == (BUCKET, HOME, "ops")
    assert section.distribution == place.cloud.stack("acme-cdn").outputs["DistributionId"]
    before = place.config.read_text()
    place.up(*ZONED)
    assert place.config.read_text() == before
    assert f"[repositories.acme] is in {place.config}" in place.err


@pytest.mark.parametrize(
    ("old", "new", "differs"),
    [
        pytest.param("https://pypi.acme", "https://other", "url", id="another address"),
        pytest.param(BUCKET, "other-pypi", "bucket", id="another bucket"),
        pytest.param(HOME, "eu-west-1", "region", id="another region"),
        pytest.param(f'region = "{HOME}"\n', "", "region", id="no region"),
        pytest.param(r'"acme-pypi-.*\n[^"]*"eu-.*', '"b-b"', "bucket, region, distribution", id="much"),
    ],
)
def test_a_section_that_means_something_else_is_left_alone_and_told(
    place: Place, old: str, new: str, differs: str
) -> None:
    place.up(*ZONED)
    wanted = place.config.read_text()
    section = re.sub(old, new, wanted, flags=re.DOTALL) + "# mine\n"
    assert wanted not in section
    place.config.write_text(section)
    place.up(*ZONED)
    assert place.config.read_text() == section
    assert f"in {place.config} differs in {differs}; it should say:\n{wanted}" in place.err


def test_a_distribution_that_is_made_anew_is_written_into_the_section(place: Place) -> None:
    place.up(*ZONED)
    before = place.config.read_text()
    take_down(Whereabouts("acme", HOME, None, None, None), place.ends, yes=True, with_packages=False)
    place.up(*ZONED)
    outputs = place.cloud.stack("acme-cdn").outputs
    assert outputs["DistributionId"] not in before
    (section,) = read_config({"S3PYPI_CONFIG": str(place.config)}).repositories
    assert section.distribution == outputs["DistributionId"]
    assert f"wrote distribution = {section.distribution} into [repositories.acme]" in place.err


def test_a_section_of_an_earlier_version_gets_the_distribution_and_keeps_the_rest(place: Place) -> None:
    place.up(*ZONED)
    whole = place.config.read_text()
    line = re.findall(r"distribution = .*\n", whole)[0]
    section = f"# ours\n{whole.replace(line, '')}colour = 'blue'  # really\n"
    place.config.write_text(section)
    place.up(*ZONED)
    header = '[repositories."acme"]\n'
    assert place.config.read_text() == section.replace(header, header + line)


def test_a_section_that_cannot_be_changed_is_told_with_what_it_should_say(place: Place) -> None:
    place.up(*ZONED)
    wanted = place.config.read_text()
    settings = ", ".join(wanted.splitlines()[1:]).replace('"E', '"EOLD')
    place.config.write_text(f"repositories = {{acme = {{{settings}}}}}\n")
    place.up(*ZONED)
    assert f"with an editor; the section should say:\n{wanted}" in place.err


def test_a_configuration_that_cannot_be_used_does_not_undo_what_stands(place: Place) -> None:
    place.config.write_text("[[[")
    assert place.up(*ZONED)
    assert "is not TOML" in place.err
    assert '[repositories."acme"]' in place.err
    assert "s3pypi-admin -r acme user add ci" in place.err


@pytest.mark.parametrize(
    "template", [bucket_template("b" * 63), edge_template("0123456789ab"), cdn_template()]
)
def test_a_template_fits_into_a_request(template: str) -> None:
    assert len(template.encode()) <= 51_200  # CloudFormation: bytes of a TemplateBody


@pytest.mark.parametrize(
    "answer", [pytest.param("n\n", id="no"), pytest.param("\n", id="nothing"), pytest.param("", id="the end")]
)
def test_without_a_yes_nothing_is_changed(place: Place, answer: str) -> None:
    place.answers = [answer]
    assert not place.up(yes=False)
    assert "nothing was changed" in place.err
    assert place.states() == {}
    assert not place.buckets


@pytest.mark.parametrize("as_json", [False, True], ids=["for people", "for programs"])
def test_where_nobody_can_be_asked_nothing_is_changed(place: Place, *, as_json: bool) -> None:
    place.answers = [None]
    with pytest.raises(UsageError, match="nobody can be asked here; nothing was changed") as error:
        place.up(yes=False, as_json=as_json)
    assert error.value.hint == "--yes agrees beforehand"
    assert ('"changed": false' in place.out) == as_json
    assert place.states() == {}
    assert not place.buckets


def test_a_plan_changes_nothing(place: Place) -> None:
    place.plan(*ZONED)
    assert place.states() == {}
    assert "execute" not in {method for method, _ in place.cloud.calls}
    assert "add\tacme-bucket\teu-central-1\tBucket\tAWS::S3::Bucket" in place.out
    assert "new on the bill: CloudFront" in place.out


def test_a_plan_is_a_table_in_a_terminal_with_replacements_in_red(place: Place) -> None:
    place.up(*ZONED)
    place.terminal = True
    place.stdout.truncate(place.stdout.seek(0))
    place.plan("pkg.acme.com", *ZONED[1:], "--name", "acme")
    assert "\x1b[1;31m" in place.out
    row = next(line for line in place.out.splitlines() if "Certificate" in line)
    assert "replace" in row


def test_a_plan_for_programs_is_one_line(place: Place) -> None:
    place.plan(as_json=True)
    stacks = json.loads(place.out)["plan"]
    assert [stack["stack"] for stack in stacks] == ["acme-bucket", "acme-edge", "acme-cdn"]
    assert {"verb": "add", "logical_id": "Bucket", "type": "AWS::S3::Bucket"} in stacks[0]["changes"]


def test_what_up_did_is_one_line_for_programs(place: Place) -> None:
    place.up(*ZONED, as_json=True)
    told = json.loads(place.out)
    assert told["url"] == "https://pypi.acme.com/simple/"
    assert told["changed"] is True


def test_who_is_asked_sees_the_plan_where_a_program_gets_the_result(place: Place) -> None:
    def look() -> None:
        assert "add\tacme-bucket\teu-central-1\tBucket\tAWS::S3::Bucket" in place.err

    place.answers, place.before_answer = ["y\n"], look
    assert place.up(yes=False, as_json=True)
    assert json.loads(place.out)["changed"] is True


def test_a_no_is_one_line_for_programs_too(place: Place) -> None:
    place.answers = ["n\n"]
    assert not place.up(yes=False, as_json=True)
    told = json.loads(place.out)
    assert told["changed"] is False
    assert [stack["stack"] for stack in told["plan"]] == ["acme-bucket", "acme-edge", "acme-cdn"]


def test_other_settings_change_the_code_and_an_old_version_is_swept(place: Place) -> None:
    place.up()
    place.up(*TRIAL, "--reserve", "acme-*", "--upstream", "https://pypi.org/simple/")
    current = place.cloud.stack("acme-edge").outputs["ViewerRequestArn"]
    assert place.cloud.stack("acme-cdn").parameters["ViewerRequestArn"] == current
    versions = {function.split("-")[-2]: numbers for function, numbers in place.cloud.versions.items()}
    assert versions == {"Edge": ["2"], "OriginResponse": ["1"]}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param((), ("--memory-size", "256"), id="memory"),
        pytest.param((), ("--reserve", "acme-*"), id="code"),
        pytest.param((), ("--waf-rate", "500"), id="rate limit"),
        pytest.param(("--waf-rate", "500"), (), id="no rate limit"),
        pytest.param((), ("--upstream", "https://pypi.org/simple/", "--reserve", "x-*"), id="upstream"),
    ],
)
def test_what_changes_in_the_second_stack_is_shown_in_the_third(
    place: Place, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    place.up(*TRIAL, *before)
    place.plan(*TRIAL, *before)
    shown = place.out
    assert "Distribution\tAWS::CloudFront::Distribution" not in shown.rpartition("stands")[2]
    place.plan(*TRIAL, *after)
    change = f"change\tacme-cdn\t{HOME}\tDistribution\tAWS::CloudFront::Distribution"
    assert change in place.out.removeprefix(shown)
    serves = place.cloud.stack("acme-cdn").parameters
    place.up(*TRIAL, *after)
    assert place.cloud.stack("acme-cdn").parameters != serves


def test_another_timeout_is_another_version(place: Place) -> None:
    place.up()
    place.up(*TRIAL, "--timeout", "5")
    edge = place.cloud.stack("acme-edge")
    assert edge.parameters["Timeout"] == "5"
    assert '"Timeout": "5"' in edge.resources["Edge"].properties
    assert edge.outputs["ViewerRequestArn"].endswith(":2")
    assert place.cloud.stack("acme-cdn").parameters["ViewerRequestArn"] == edge.outputs["ViewerRequestArn"]


def test_a_name_that_s3_has_not_let_go_of_is_waited_for(place: Place) -> None:
    place.around.not_let_go = 3
    place.up()
    place.assert_stands()
    told = f"S3 is still working on the name acme-edge-code-{ACCOUNT}"
    assert place.err.count(told) == 1
    assert "asking again, for up to an hour" in place.err


def test_a_name_that_s3_keeps_for_more_than_an_hour_is_an_error(place: Place) -> None:
    place.around.not_let_go = 1_000
    with pytest.raises(NotLetGo) as error:
        place.up()
    assert "it goes on from there" in error.value.hint
    place.around.not_let_go = 0
    place.up()
    place.assert_stands()


def test_versions_with_copies_left_are_kept_for_another_time(place: Place) -> None:
    place.up()
    place.cloud.replicas = True
    place.up(*TRIAL, "--reserve", "acme-*")
    assert "old versions of the function (1) still have copies" in place.err


def test_a_function_that_is_not_wanted_any_more_is_removed_when_its_copies_have_gone(place: Place) -> None:
    place.up(*TRIAL, "--upstream", "https://pypi.org/simple/", "--reserve", "acme-*")
    place.cloud.replicas = True
    place.up()
    assert len(place.cloud.versions) == 2  # the stack has let go of it
    assert set(place.cloud.stack("acme-edge").resources) == {"Role", "Edge", place.version("Edge")}
    assert "functions of earlier deployments (acme-edge-OriginResponse-" in place.err
    place.cloud.replicas = False
    place.up()
    assert [arn.split("-")[-2] for arn in place.cloud.versions] == ["Edge"]


def test_a_function_that_a_removed_stack_left_is_removed_when_its_copies_have_gone(place: Place) -> None:
    place.up()
    (first,) = place.cloud.versions
    place.cloud.stack("acme-edge").status = "DELETE_FAILED"
    place.cloud.replicas = True
    place.up()
    assert len(place.cloud.versions) == 2
    place.cloud.replicas = False
    place.up()
    assert len(place.cloud.versions) == 1
    assert first not in place.cloud.versions


def test_a_rate_limit_is_taken_from_the_distribution_before_it_is_deleted(place: Place) -> None:
    place.up(*TRIAL, "--waf-rate", "500")
    assert len(place.cloud.acls) == 1
    before = len(place.cloud.calls)
    place.up(*TRIAL, "--waf-rate", "500")
    assert "execute" not in {method for method, _ in place.cloud.calls[before:]}
    place.up()
    done = [name for method, name in place.cloud.calls[before:] if method == "execute"]
    assert done == ["acme-cdn", "acme-edge"]
    assert place.cloud.acls == {}
    place.up(*TRIAL, "--waf-rate", "500")
    assert len(place.cloud.acls) == 1


def test_the_third_stack_as_it_is_asks_for_nothing_else() -> None:
    parameters = {"PriceClass": "PriceClass_All", "WebAclArn": "arn:aws:wafv2:x", "LogBucket": "acme-logs"}
    stands = Stack("id", "acme-cdn", "UPDATE_COMPLETE", parameters=parameters)
    blueprint = Blueprint(settings(*TRIAL, "--price-class", "100"), ACCOUNT, b"")
    request = blueprint.cdn_as_it_is(stands, WebAclArn="")
    assert (request.name, request.template) == ("acme-cdn", cdn_template())
    assert request.parameters == {**parameters, "WebAclArn": ""}


def test_a_rate_limit_that_a_failed_creation_had_is_nothing_to_take_away(place: Place) -> None:
    place.cloud.leave("acme-cdn", "ROLLBACK_COMPLETE").parameters["WebAclArn"] = "arn:aws:wafv2:x"
    assert place.up()


@pytest.mark.parametrize(
    ("question", "operation"),
    [
        pytest.param("versions", "ListVersionsByFunction", id="versions"),
        pytest.param("functions", "ListFunctions", id="functions"),
    ],
)
@pytest.mark.parametrize("hint", ["docs/deploying.md", ""], ids=["with a hint", "without"])
def test_versions_that_may_not_be_looked_for_undo_nothing(
    place: Place, question: str, operation: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: str) -> list[str]:
        raise RepositoryError(f"access denied: {operation}: no", hint)

    monkeypatch.setattr(place.around, question, denied)
    assert place.up(*ZONED)
    shown, _, noted = place.err.partition("old versions of the function stay until a later `up` removes them")
    assert "s3pypi-deploy doctor --name acme" in shown
    assert f"access denied: {operation}" in noted
    assert noted.count("hint: ") == bool(hint)
    assert "[repositories.acme]" in place.config.read_text().replace('"', "")


def test_changes_that_the_plan_did_not_show_stop_before_they_are_made(place: Place) -> None:
    place.up(*ZONED)
    place.answers = ["y"]
    certificate = place.cloud.stack("acme-edge").resources["Certificate"]

    def meddle() -> None:
        certificate.properties = "{}"  # by hand, while the person reads the plan

    place.before_answer = meddle
    with pytest.raises(RepositoryError, match="in a way that the plan did not show: replace Certificate"):
        place.up(*ZONED, "--reserve", "x-*", yes=False)


def test_a_domain_with_a_certificate_of_ones_own_needs_a_record(place: Place) -> None:
    place.around.certificates[CERTIFICATE] = Certificate(CERTIFICATE, "ISSUED", ("*.acme.com",))
    place.up("pypi.acme.com", "--region", HOME, "--certificate-arn", CERTIFICATE)
    assert "let pypi.acme.com be a CNAME of" in place.err


def test_every_event_is_a_line(place: Place) -> None:
    place.up()
    assert re.search(r"acme-cdn  Distribution  AWS::CloudFront::Distribution  CREATE_COMPLETE", place.err)
    assert place.err.count("CloudFront now tells all its places") == 1


def test_a_terminal_shows_what_is_under_way(place: Place) -> None:
    place.terminal = True
    place.up()
    assert "acme-cdn: Distribution CREATE_IN_PROGRESS" in place.err


def test_the_bucket_is_called_by_its_name_and_by_no_parameter() -> None:
    template = Template.read("acme-bucket", HOME, bucket_template("acme-wheels"), NAMED)
    assert template.resources()["Bucket"]["Properties"]["BucketName"] == "acme-wheels"


def test_a_deleted_release_stays_for_as_many_days_as_were_last_asked_for(place: Place) -> None:
    def days() -> str:
        return place.cloud.stack("acme-bucket").parameters["RetentionDays"]

    place.up()
    assert days() == "90"
    place.up(*TRIAL, "--retention-days", "365")
    assert days() == "365"
    place.up(*TRIAL, "--reserve", "acme-*")
    assert days() == "365"


def test_a_plan_leaves_a_stack_alone_that_somebody_else_proposed(place: Place) -> None:
    place.cloud.leave("acme-bucket", REVIEW)
    place.plan()
    assert place.states() == {"acme-bucket": REVIEW}


def test_a_proposed_stack_is_no_stack(place: Place) -> None:
    place.cloud.leave("acme-bucket", REVIEW)
    place.up()
    assert set(place.states()) == ALL
