"""``status``: what stands, and whether it is what this program would deploy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_deploy import edge_zip
from s3pypi_deploy.settings import EDGE_REGION
from s3pypi_deploy.settle import forecast
from s3pypi_deploy.stacks import DELETED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_deploy.ends import Ends
    from s3pypi_deploy.stacks import Stack
    from s3pypi_deploy.whereabouts import Whereabouts

ABSENT = "absent"


class Line(NamedTuple):
    """One thing that is looked at. ``good`` is whether nothing has to be done about it."""

    what: str
    state: str
    good: bool


def show_status(where: Whereabouts, ends: Ends, *, as_json: bool) -> bool:
    """Print the state of everything; return whether nothing has to be done. Raises UsageError."""
    lines = find_status(where, ends)
    if as_json:
        ends.say(json.dumps({"name": where.name, "status": [line._asdict() for line in lines]}))
    else:
        for line in lines:
            ends.say(f"{'ok' if line.good else '!!'}\t{line.what}\t{line.state}")
    return all(line.good for line in lines)


def find_status(where: Whereabouts, ends: Ends) -> list[Line]:
    """Look at the stacks, the function's code, the certificate, and DNS.

    Raises UsageError where the stacks of that name serve another domain than the one that was given.
    """
    names, home = where.names, where.home
    places = ((names.bucket, home), (names.edge, EDGE_REGION), (names.cdn, home))
    stacks = {name: ends.stacks_in(region).find(name) for name, region in places}
    edge, cdn = stacks[names.edge], stacks[names.cdn]
    where.check_stacks(cdn, edge)
    old = _old_versions(edge, cdn)
    lines = [
        _stack_line(name, region, stacks[name], undone_is_good=not (old and name == names.cdn))
        for name, region in places
    ]
    if edge is not None and edge.outputs:
        lines.append(_code_line(edge, ends))
    if old:
        lines.append(Line("the code that CloudFront runs", f"{'; '.join(old)}: run `up` again", good=False))
    lines += _certificate_lines(edge, cdn, ends)
    if cdn is not None and cdn.parameters.get("DomainName"):
        lines.append(_dns_line(cdn.parameters["DomainName"], cdn.outputs, ends))
    return lines


def _stack_line(name: str, region: str, stack: Stack | None, *, undone_is_good: bool) -> Line:
    """``undone_is_good`` is whether what was there before an update that was undone is what is wanted."""
    what = f"stack {name} in {region}"
    if stack is None:
        return Line(what, f"{ABSENT}: `up` makes it", good=False)
    more = [text for text in (stack.reason, forecast(stack)) if text and not stack.is_good]
    undone = stack.status in {"UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}
    good = stack.is_good or (undone and undone_is_good)
    return Line(what, ": ".join([stack.status, *more]), good)


def _code_line(edge: Stack, ends: Ends) -> Line:
    """Compare with the same configuration, which lies in the zip that is deployed."""
    bucket, key = edge.parameters.get("CodeBucket", ""), edge.parameters.get("CodeKey", "")
    code = ends.around.load_code(bucket, key, ends.around.account())
    if code is None:
        return Line("the function's code", f"s3://{bucket}/{key} is gone: `up` stores it again", good=False)
    place = f"s3://{bucket}/{key}"
    try:
        config = edge_zip.read_config(code)
    except ValueError:
        said = f"{place} is no zip of this program: `aws s3 rm {place}`, and `up` stores it again"
        return Line("the function's code", said, good=False)
    try:
        ours = edge_zip.code_hash(edge_zip.build_zip(config))
    except ValueError as error:  # it runs: only this version does not know its configuration
        said = f"another version of this program made {place} ({error}): install that one, or see `plan`"
        return Line("the function's code", said, good=False)
    deployed = edge.outputs.get("CodeHash")
    if ours == deployed:
        return Line("the function's code", f"{ours}, as in this version of the program", good=True)
    return Line(
        "the function's code", f"{deployed}; this version of the program has {ours}: see `plan`", good=False
    )


def _old_versions(edge: Stack | None, cdn: Stack | None) -> list[str]:
    """What the distribution was told of versions, where the function's stack has others by now."""
    if edge is None or cdn is None or not edge.outputs or not cdn.outputs:
        return []
    pairs = [
        (cdn.parameters.get(name, ""), edge.outputs.get(name, ""))
        for name in ("ViewerRequestArn", "OriginResponseArn")
    ]
    return [
        f"CloudFront still runs {_version(runs)}, and the newest is {_version(newest)}"
        for runs, newest in pairs
        if runs != newest
    ]


def _version(arn: str) -> str:
    """A version in words.

    >>> _version("arn:aws:lambda:us-east-1:123456789012:function:acme-edge-Edge-1A:7"), _version("")
    ('version 7 of acme-edge-Edge-1A', 'none')
    """
    *_, function, number = arn.rsplit(":", 2) if arn else ("", "", "")
    return f"version {number} of {function}" if number else "none"


def _certificate_lines(edge: Stack | None, cdn: Stack | None, ends: Ends) -> list[Line]:
    """The certificate in use, and one that is still being made, for which the function's stack waits."""
    used = cdn.parameters.get("CertificateArn", "") if cdn else ""
    made = [
        resource.physical_id
        for resource in (ends.stacks_in(EDGE_REGION).resources(edge.id) if edge else [])
        if resource.type == "AWS::CertificateManager::Certificate" and resource.status != DELETED
    ]
    # Until ACM knows of it, it has no ARN.
    return [_certificate_line(arn, ends) for arn in dict.fromkeys([used, *made]) if arn.startswith("arn:")]


def _certificate_line(arn: str, ends: Ends) -> Line:
    found = ends.around.certificate(arn)
    if found is None:
        return Line("certificate", f"{arn} is not there", good=False)
    why = f" ({found.reason})" if found.reason else ""
    waits = f": ACM waits until DNS says {', '.join(found.records)}" if found.records else ""
    return Line(
        "certificate", f"{found.status}{why} for {', '.join(found.names)}{waits}", found.status == "ISSUED"
    )


def _dns_line(domain: str, outputs: Mapping[str, str], ends: Ends) -> Line:
    """Compare the domain's addresses with the distribution's, of which a look-up gives some."""
    what, target = f"DNS of {domain}", outputs.get("DistributionDomainName", "")
    addresses, theirs = ends.resolve(domain), ends.resolve(target) if target else []
    said = ", ".join(addresses) or "has no address"
    if not target:
        return Line(what, f"{said}; there is no distribution yet", good=False)
    if not addresses:
        return Line(what, f"{said}: let it be an alias, or a CNAME, of {target}", good=False)
    if {*addresses} & {*theirs}:
        return Line(what, said, good=True)
    other = f"{said}: not {target} ({', '.join(theirs) or 'which has no address'})"
    return Line(what, f"{other}; let it be an alias, or a CNAME, of {target}", good=False)
