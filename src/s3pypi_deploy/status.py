"""``status``: what stands, and whether it is what this program would deploy."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_deploy import edge_zip
from s3pypi_deploy.settings import EDGE_REGION
from s3pypi_deploy.settle import forecast

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
    """Print the state of everything; return whether nothing has to be done."""
    lines = find_status(where, ends)
    if as_json:
        ends.say(json.dumps({"name": where.name, "status": [line._asdict() for line in lines]}))
    else:
        for line in lines:
            ends.say(f"{'ok' if line.good else '!!'}\t{line.what}\t{line.state}")
    return all(line.good for line in lines)


def find_status(where: Whereabouts, ends: Ends) -> list[Line]:
    """Look at the stacks, the function's code, the certificate, and DNS."""
    names, home = where.names, where.home
    places = ((names.bucket, home), (names.edge, EDGE_REGION), (names.cdn, home))
    stacks = {name: ends.stacks_in(region).find(name) for name, region in places}
    lines = [_stack_line(name, region, stacks[name]) for name, region in places]
    edge, cdn = stacks[names.edge], stacks[names.cdn]
    if edge is not None and edge.outputs:
        lines.append(_code_line(edge, ends))
    if cdn is not None:
        lines += _certificate_lines(cdn.parameters.get("CertificateArn", ""), ends)
        lines += _dns_lines(cdn.parameters.get("DomainName", ""), ends)
    return lines


def _stack_line(name: str, region: str, stack: Stack | None) -> Line:
    what = f"stack {name} in {region}"
    if stack is None:
        return Line(what, f"{ABSENT}: `up` makes it", good=False)
    more = [text for text in (stack.reason, forecast(stack)) if text and not stack.is_good]
    # An update, or an import, that was undone leaves what worked before.
    good = stack.is_good or stack.status in {"UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}
    return Line(what, ": ".join([stack.status, *more]), good)


def _code_line(edge: Stack, ends: Ends) -> Line:
    """Compare with the same configuration, which lies in the zip that is deployed."""
    bucket, key = edge.parameters.get("CodeBucket", ""), edge.parameters.get("CodeKey", "")
    code = ends.around.load_code(bucket, key, ends.around.account())
    if code is None:
        return Line("the function's code", f"s3://{bucket}/{key} is gone: `up` stores it again", good=False)
    ours, deployed = edge_zip.code_hash(edge_zip.build_zip(config_in(code))), edge.outputs.get("CodeHash")
    if ours == deployed:
        return Line("the function's code", f"{ours}, as in this version of the program", good=True)
    return Line(
        "the function's code", f"{deployed}; this version of the program has {ours}: see `plan`", good=False
    )


def config_in(code: bytes) -> Mapping[str, object]:
    """The configuration in a zip of the function."""
    with zipfile.ZipFile(io.BytesIO(code)) as archive:
        name = next(name for name in archive.namelist() if name.endswith("config.json"))
        config: dict[str, object] = json.loads(archive.read(name))
    return config


def _certificate_lines(arn: str, ends: Ends) -> list[Line]:
    if not arn:
        return []
    found = ends.around.certificate(arn)
    if found is None:
        return [Line("certificate", f"{arn} is not there", good=False)]
    return [Line("certificate", f"{found.status} for {', '.join(found.names)}", found.status == "ISSUED")]


def _dns_lines(domain: str, ends: Ends) -> list[Line]:
    if not domain:
        return []
    addresses = ends.resolve(domain)
    state = ", ".join(addresses) or "has no address: let it be an alias, or a CNAME, of the distribution"
    return [Line(f"DNS of {domain}", state, bool(addresses))]
