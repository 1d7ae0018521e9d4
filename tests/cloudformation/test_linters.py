"""What AWS's own checkers say of the templates: nothing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cloudformation_validate import CompositeEngine, Severity, TemplateContent

from s3pypi_deploy.templates import bucket_template, cdn_template, edge_template

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATES = {
    "bucket": bucket_template("acme-pypi"),
    "bucket, with a name that is all digits": bucket_template("123456789012"),
    "cdn": cdn_template(),
    "edge": edge_template("0123456789ab"),
    "edge, with a hash that is all digits": edge_template("012345678901"),
    "edge, with a hash that is a number with an exponent": edge_template("12345e678901"),
}


def cfn_lint(folder: Path, *templates: str) -> str:
    """What it says of templates in the regions where they may be deployed."""
    files = [folder / f"{number}.yaml" for number in range(len(templates))]
    for file, text in zip(files, templates, strict=True):
        file.write_text(text)
    command = [sys.executable, "-c", "from cfnlint.runner import main; main()", *map(str, files)]
    command += ["--regions", "us-east-1", "eu-central-1"]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    return run.stdout + run.stderr


def test_cfn_lint_has_nothing_to_say(tmp_path: Path) -> None:
    assert cfn_lint(tmp_path, *TEMPLATES.values()) == ""


@pytest.fixture(scope="module")
def engine() -> CompositeEngine:
    """AWS's rules, which take a moment to load."""
    return CompositeEngine()


@pytest.mark.parametrize("name", TEMPLATES)
def test_cloudformation_validate_has_nothing_to_warn_of(engine: CompositeEngine, name: str) -> None:
    report = engine.validate_template(TemplateContent(TEMPLATES[name]))
    # What it informs of is general advice: tags (which belong to the stack), what an update would replace.
    assert [found.message for found in report.diagnostics if found.severity != Severity.INFO] == []


def test_both_would_say_something(engine: CompositeEngine, tmp_path: Path) -> None:
    wrong = TEMPLATES["cdn"].replace("OriginAccessControlOriginType: s3", "OriginAccessControlOriginType: s4")
    assert "s4" in cfn_lint(tmp_path, wrong)
    found = engine.validate_template(TemplateContent(wrong)).diagnostics
    assert any(diagnostic.severity != Severity.INFO for diagnostic in found)
