"""``s3pypi-keyring status``: what keyring's clients will get here, and why; never a secret."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from s3pypi_core.config.config import config_warnings, read_config
from s3pypi_core.origin import Origin
from s3pypi_keyring.backend import URL_VARIABLE
from s3pypi_keyring.environment import TOKEN_VARIABLE, token_origin
from s3pypi_keyring.sources import rivalry
from s3pypi_keyring.standing import Standing, standing
from s3pypi_keyring.subject import EXAMPLE
from s3pypi_keyring.surroundings import Line, surroundings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from s3pypi_core.config.config import Config


def show_status(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Print it; return 1 when keyring does not ask us, or a repository refuses us. Raises ConfigError."""
    config = read_config(environ)
    warnings = [*config_warnings(environ), *_rivalries(config)]
    sys.stderr.writelines(f"warning: {warning}\n" for warning in warnings)
    around, standings = surroundings(environ), _standings(config, environ)
    named = _named_by_the_environment(config, environ)
    if args.json:
        sys.stdout.write(json.dumps(_document(around, config, environ, standings, named), indent=2) + "\n")
    else:
        lines = (*_around(around), *_repositories(config, environ, standings), *_lines(named))
        sys.stdout.writelines(f"{line}\n" for line in lines)
    found = [*standings.values(), *named.values()]
    refused = any(each.with_credentials is not None and each.problems for each in found)
    return 1 if refused or around["keyring"].is_wrong else 0


def _standings(config: Config, environ: Mapping[str, str]) -> dict[str, Standing]:
    found = {}
    for each in config.repositories:
        if each.url is None or each.origin is None:
            found[each.name] = Standing()
        else:
            found[each.name] = standing(each.url, each.origin, config, environ, each)
    return found


def _rivalries(config: Config) -> Iterator[str]:
    origins = dict.fromkeys(each.origin for each in config.repositories if each.origin)
    yield from filter(None, (rivalry(origin, config) for origin in origins))


def _document(
    around: Mapping[str, Line],
    config: Config,
    environ: Mapping[str, str],
    standings: Mapping[str, Standing],
    named: Mapping[str | None, Standing],
) -> dict[str, Any]:
    repositories = [
        {"name": each.name, "url": each.url, **standings[each.name].document()}
        for each in config.repositories
    ]
    return {
        **{
            name.replace(" ", "_"): {"found": line.text, "advice": line.advice}
            for name, line in around.items()
        },
        "configuration": str(config.path),
        "repositories": repositories,
        "environment": [{"url": url, **each.document()} for url, each in named.items()],
        "problems": list(_missing(config, environ)),
    }


def _around(around: Mapping[str, Line]) -> Iterator[str]:
    for name, line in around.items():
        yield f"{name}: {line.text}" + (f"; {line.advice}" if line.is_wrong else "")


def _repositories(
    config: Config, environ: Mapping[str, str], standings: Mapping[str, Standing]
) -> Iterator[str]:
    yield f"configuration: {config.path}"
    for repository in config.repositories:
        yield f"{repository.name}: {repository.url or 'no url, so it is never asked for'}"
        yield from (f"  {line}" for line in standings[repository.name].lines())
    yield from _missing(config, environ)


def _missing(config: Config, environ: Mapping[str, str]) -> Iterator[str]:
    if environ.get(URL_VARIABLE):
        return
    if not config.repositories:
        yield f"no repository is configured; run: s3pypi-keyring login {EXAMPLE} (with your address)"
    if environ.get(TOKEN_VARIABLE) and token_origin(config, environ) is None:
        yield f"{TOKEN_VARIABLE}: not used; set {URL_VARIABLE} to the address that it is for"


def _named_by_the_environment(config: Config, environ: Mapping[str, str]) -> dict[str | None, Standing]:
    """The address in the environment, if there is one, and how it stands; None is one that is no address."""
    if not environ.get(URL_VARIABLE):
        return {}
    origin = Origin.parse(environ[URL_VARIABLE])
    if origin is None:
        problem = f"not an http or https address; {TOKEN_VARIABLE} goes nowhere"
        return {
            None: Standing(problems=(f"{problem}; run: export {URL_VARIABLE}={EXAMPLE} (with your address)",))
        }
    address = f"{origin.scheme}://{origin.address}"
    return {address: standing(f"{address}/simple/", origin, config, environ)}


def _lines(named: Mapping[str | None, Standing]) -> Iterator[str]:
    for url, each in named.items():
        first, *others = [url, *each.lines()] if url else each.lines()
        yield f"{URL_VARIABLE}: {first}"
        yield from (f"  {line}" for line in others)
