"""What `plan` says about the bill is what docs/costs.md says, and nothing that is billed is left out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from s3pypi_deploy.costs import cost_lines
from s3pypi_deploy.stacks import Change
from s3pypi_deploy.templates import bucket_template, cdn_template, edge_template
from tests.deploy.places import ZONED
from tests.templates import parse

if TYPE_CHECKING:
    from tests.deploy.places import Place

PAGE = Path(__file__).parents[2].joinpath("docs", "costs.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
EVERYTHING = (
    *ZONED,
    "--waf-rate",
    "1000",
    "--upstream",
    "https://pypi.org/simple/",
    "--log-bucket",
    "acme-logs",
)
# Permissions and settings: AWS has no price for them.
FREE = {
    "AWS::CloudFront::CachePolicy",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::ResponseHeadersPolicy",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::Lambda::Version",
    "AWS::S3::BucketPolicy",
}


def kinds() -> set[str]:
    """Every type of resource that a deployment may make."""
    texts = (bucket_template("acme-wheels"), edge_template("0123456789ab"), cdn_template())
    return {resource["Type"] for text in texts for resource in parse(text)["Resources"].values()}


def test_the_page_shows_what_the_plan_of_everything_says(place: Place) -> None:
    place.around.acls["acme-logs"] = True
    place.plan(*EVERYTHING)
    said = [line for line in place.out.splitlines() if line.startswith("new on the bill: ")]
    assert ["\n".join(said) + "\n"] == SHOWN


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_each_kind_of_thing_has_its_line_or_no_price(kind: str) -> None:
    assert bool(cost_lines([Change("add", "Thing", kind)])) == (kind not in FREE)


def test_the_log_of_the_function_is_among_it() -> None:
    (function, log) = cost_lines([Change("add", "Edge", "AWS::Lambda::Function")])
    assert (function.split(":")[0], log.split(":")[0]) == ("Lambda@Edge", "CloudWatch Logs")


def test_what_is_there_already_is_not_new_on_the_bill() -> None:
    assert cost_lines([Change("change", "Bucket", "AWS::S3::Bucket")]) == []


@pytest.mark.parametrize("price", sorted(set(re.findall(r"\$([0-9.]+[0-9])", SHOWN[0]))))
def test_each_price_is_one_whose_source_the_page_names(price: str) -> None:
    sources = PAGE.partition("## Where the prices are from")[2]
    assert re.search(rf"(?<![0-9.]){re.escape(price)}(?![0-9.])", sources)


def rows() -> list[tuple[str, str, list[str]]]:
    """The lines of the table that have a formula: what it is, the formula, and the dollars shown."""
    table = PAGE.partition("## The table")[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if "|" in line]
    return [(what, formula, shown) for what, _, formula, *shown in cells[2:] if formula]


def test_every_line_of_the_table_has_its_formula() -> None:
    assert [what.partition(",")[0] for what, _, _ in rows()] == [
        *["S3"] * 3,
        *["CloudFront"] * 2,
        *["Lambda@Edge"] * 2,
        "log",
        "CodeArtifact",
    ]


@pytest.mark.parametrize(
    ("formula", "shown"), [pytest.param(formula, shown, id=what) for what, formula, shown in rows()]
)
def test_the_formulas_give_what_the_table_shows(formula: str, shown: list[str]) -> None:
    python = re.sub("(?<=[0-9]),(?=[0-9]{3})", "", formula).replace("\N{MULTIPLICATION SIGN}", "*")
    for developers, dollars in zip((10, 100, 1000), shown, strict=True):
        used = {"R": 6000 * developers, "S": 5 + developers / 2, "U": 10 * developers}
        given = {"__builtins__": {}, "max": max, **used}
        exact = eval(python, given)  # noqa: S307  # our own page
        assert exact == pytest.approx(float(dollars), abs=0.005001)  # half a cent, which may go up or down
