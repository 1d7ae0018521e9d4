from __future__ import annotations

import hashlib
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from s3pypi_core.bucket import BucketError
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_core.repository import create_repository
from s3pypi_deploy.patient import FAILED, OK, SKIPPED, Patient
from s3pypi_deploy.probe import FILENAME, PROJECT, SHA256, probe, probe_wheel
from s3pypi_deploy.web import Answer
from tests.deploy.outside import HTTP, HTTPS, Outside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from s3pypi_core.origin import Origin
    from s3pypi_deploy.patient import Check
    from s3pypi_deploy.probe import Run


class Served:
    """What a distribution in front of the bucket answers; ``stale`` says which answer is a wrong one."""

    def __init__(self, bucket: MemoryBucket, stale: Mapping[str, Answer]) -> None:
        self.bucket, self.stale = bucket, stale

    def get(self, origin: Origin, path: str, _headers: Mapping[str, str] | None = None) -> Answer:
        """See Web.get."""
        wrong = next((answer for end, answer in self.stale.items() if path.endswith(end)), None)
        if wrong is not None:
            return wrong
        stored = self.bucket.get(
            "packages" + path.removeprefix("/simple") + "index.json" * path.endswith("/")
        )
        assert stored is not None, origin
        return Answer(200, {}, stored.body)


def pip(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """A pip that installs what it is told; no secret stands on its command line."""
    assert "s3cret" not in " ".join(command)
    assert environ["PIP_INDEX_URL"] == "https://__token__:s3cret%2F@pypi.acme.com:443/simple/"
    assert Path(command[-1]).read_text() == f"{PROJECT}==1.0 --hash=sha256:{SHA256}\n"
    assert command[command.index("--only-binary") + 1] == ":all:"
    assert "--require-hashes" in command
    target = Path(command[command.index("--target") + 1])
    target.mkdir()
    (target / "s3pypi_probe.py").write_text("")
    return 0


def broken_pip(_command: Sequence[str], _environ: Mapping[str, str]) -> int:
    return 1


def probed(
    bucket: MemoryBucket,
    stale: Mapping[str, Answer] | None = None,
    *,
    run: Run = pip,
    credential: tuple[str, str] | None = ("__token__", "s3cret/"),
) -> list[Check]:
    web = Served(bucket, stale or {})
    patient = Patient(HTTPS, web, lambda _host: [], lambda: 0.0, credential, None)
    return probe(patient, set(), lambda: bucket, run)


@pytest.fixture
def bucket() -> MemoryBucket:
    made = MemoryBucket("acme")
    create_repository(made)
    return made


def test_the_probe_has_the_same_bytes_always() -> None:
    assert hashlib.sha256(probe_wheel()).hexdigest() == SHA256


def test_the_probe_is_uploaded_fetched_and_installed(bucket: MemoryBucket) -> None:
    assert [one.verdict for one in probed(bucket)] == [OK, OK, OK]


def test_the_probe_is_of_the_buckets_time(bucket: MemoryBucket) -> None:
    bucket.clock = lambda: datetime(2026, 11, 22, 10, tzinfo=timezone.utc)
    probed(bucket)
    (file,) = json.loads(bucket.objects[f"packages/{PROJECT}/index.json"].body)["files"]
    assert file["upload-time"] == "2026-11-22T10:00:00.000000Z"


def test_a_second_probe_finds_the_first(bucket: MemoryBucket) -> None:
    probed(bucket)
    assert "already there" in probed(bucket)[0].detail


def test_without_credentials_nothing_is_uploaded(bucket: MemoryBucket) -> None:
    assert [one.verdict for one in probed(bucket, credential=None)] == [SKIPPED]
    assert f"packages/{PROJECT}/{FILENAME}" not in bucket.objects


def never(*_given: object) -> NoReturn:
    raise AssertionError("nothing was to be opened or run")  # pragma: no cover - nothing is


def test_no_credentials_go_out_in_clear() -> None:
    """Whoever calls it: neither the web nor pip is given them, and nothing is uploaded."""
    patient = Patient(HTTP, Outside(), lambda _host: [], lambda: 0.0, ("__token__", "s3cret"), None)
    (check,) = probe(patient, set(), never, never)
    assert (check.name, check.verdict) == ("probe", SKIPPED)
    assert "not https" in check.detail


@pytest.mark.parametrize("failed", ["dns", "tls", "member", "config"])
def test_nothing_is_uploaded_to_a_repository_that_does_not_work(failed: str) -> None:
    patient = Patient(HTTPS, Outside(), lambda _host: [], lambda: 0.0, ("__token__", "s3cret"), None)
    (check,) = probe(patient, {failed, "clock"}, never, never)
    assert check == ("probe", SKIPPED, f"mend {failed} first: nothing was uploaded", "")


def test_what_does_not_keep_anybody_from_installing_is_no_reason_not_to_try(bucket: MemoryBucket) -> None:
    patient = Patient(
        HTTPS, Served(bucket, {}), lambda _host: [], lambda: 0.0, ("__token__", "s3cret/"), None
    )
    found = probe(patient, {"clock", "http", "stranger", "bucket"}, lambda: bucket, pip)
    assert [one.verdict for one in found] == [OK, OK, OK]


def test_a_bucket_that_cannot_be_opened_is_a_finding() -> None:
    def refuse() -> MemoryBucket:
        raise BucketError("no AWS credentials were found", "sign in")

    patient = Patient(HTTPS, Outside(), lambda _host: [], lambda: 0.0, ("__token__", "s3cret"), None)
    found = probe(patient, set(), refuse, never)
    assert found == [("probe: upload", FAILED, "no AWS credentials were found", "sign in")]


def test_an_upload_that_is_refused_ends_it() -> None:
    (check,) = probed(MemoryBucket("empty"))
    assert (check.name, check.verdict) == ("probe: upload", FAILED)


def test_an_upload_that_stays_unfinished_ends_it(bucket: MemoryBucket) -> None:
    def lose(operation: str, key: str) -> None:
        if operation == "create" and key == f"packages/{PROJECT}/index.json":
            raise BucketError("S3 fails", "later")

    bucket.before = lose
    (check,) = probed(bucket)
    assert (check.verdict, check.detail) == (FAILED, "S3 fails")


@pytest.mark.parametrize(
    ("stale", "detail"),
    [
        pytest.param({"/": Answer(404, {}, b"")}, "gets 404", id="not allowed"),
        pytest.param({"/": Answer(200, {}, json.dumps({"files": []}).encode())}, "does not list", id="stale"),
        pytest.param({"/": Answer(200, {}, b"<html>")}, "cannot be read", id="no index"),
        pytest.param({".whl": Answer(200, {}, b"other")}, "other bytes", id="other bytes"),
    ],
)
def test_what_does_not_come_back_fails(
    bucket: MemoryBucket, stale: Mapping[str, Answer], detail: str
) -> None:
    check = probed(bucket, stale)[-1]
    assert (check.name, check.verdict) == ("probe: fetch", FAILED)
    assert detail in check.detail


def test_a_pip_that_fails_is_told(bucket: MemoryBucket) -> None:
    check = probed(bucket, run=broken_pip)[-1]
    assert (check.name, check.verdict) == ("probe: install", FAILED)
    assert "s3cret" not in check.remedy
