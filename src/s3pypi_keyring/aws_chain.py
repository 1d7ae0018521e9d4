"""AWS credentials from a profile or from AWS's default chain, by botocore, which takes long to load."""

from __future__ import annotations

import functools
import subprocess
import sys
from typing import TYPE_CHECKING

from botocore import exceptions as aws  # noqa: TID251  # for credentials alone; nothing is asked of S3
from botocore.credentials import ProcessProvider  # noqa: TID251  # likewise
from botocore.session import Session as BotocoreSession  # noqa: TID251  # likewise

from s3pypi_core.errors import RepositoryError
from s3pypi_edge.sigv4 import AwsCredentials

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_keyring.identity import Identity

    Ask = Callable[[str], str]

_TO_LOG_IN = (
    aws.SSOError,
    aws.TokenRetrievalError,
    aws.UnauthorizedSSOTokenError,
    aws.SSOTokenLoadError,
    aws.LoginError,
)


class NoCredentials(RepositoryError):
    """AWS's tools would find no credentials here, or none that are good."""


class CodeWanted(Exception):
    """AWS wants a code, and nobody can be asked for one."""


def nobody(_prompt: str) -> str:
    """Ask nobody. Raises CodeWanted."""
    raise CodeWanted


def load_credentials(identity: Identity, repository: str, *, ask: Ask) -> AwsCredentials:
    """Return credentials of the identity; ``ask`` is for the code of an MFA device. Raises NoCredentials."""
    try:
        found = _load(identity.profile, ask)
    except CodeWanted:
        hint = f"run: s3pypi-keyring login {repository}"
        raise NoCredentials(f"AWS wants an MFA code for {identity.name}", hint) from None
    except RepositoryError:  # by whom the code was asked for
        raise
    except Exception as error:  # botocore raises what it likes over files of another shape than it expects
        raise NoCredentials(*_explain(error, identity)) from error
    if found is None:
        hint = "run: aws configure, or set AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        raise NoCredentials(f"there are no AWS credentials here ({identity.name})", hint)
    return found


def _load(profile: str | None, ask: Ask) -> AwsCredentials | None:
    session = BotocoreSession(profile=profile)
    resolver = session.get_component("credential_provider")
    for provider in resolver.providers:
        _tame(provider, session, ask)
    credentials = session.get_credentials()
    if credentials is None:
        return None
    frozen = credentials.get_frozen_credentials()
    return AwsCredentials(str(frozen.access_key), str(frozen.secret_key), frozen.token)


def _tame(provider: object, session: BotocoreSession, ask: Ask) -> None:
    """Let the provider ask ``ask`` and nobody else. botocore has no public way to say so."""
    if hasattr(provider, "_prompter"):
        provider._prompter = ask  # noqa: SLF001
    if isinstance(provider, ProcessProvider):
        provider._popen = _popen  # type: ignore[attr-defined]  # noqa: SLF001
    # A role's source_profile may name a program of its own, and gets a provider of its own.
    if builder := getattr(provider, "_profile_provider_builder", None):
        builder._create_process_provider = lambda profile_name: ProcessProvider(  # noqa: SLF001
            profile_name=profile_name, load_config=lambda: session.full_config, popen=_popen
        )


# A program that finds credentials finds no terminal to ask on: inside pip nobody would see the question.
_popen = functools.partial(
    subprocess.Popen, stdin=subprocess.DEVNULL, start_new_session=sys.platform != "win32"
)


def _explain(error: Exception, identity: Identity) -> tuple[str, str]:
    name = identity.profile or identity.name.removeprefix("profile ")
    if isinstance(error, aws.ProfileNotFound):
        return (
            f"AWS's configuration has no profile {name}",
            "run: aws configure list-profiles, and set S3PYPI_PROFILE to one of them",
        )
    if isinstance(error, _TO_LOG_IN):
        return f"the AWS log-in of {identity.name} is over", f"run: aws sso login --profile {name}"
    if isinstance(error, aws.CredentialRetrievalError):
        return (
            f"the program that gives AWS credentials to {identity.name} failed",
            f"run: aws sts get-caller-identity --profile {name}",
        )
    # Not what it says: botocore may quote what it was given.
    return (
        f"getting AWS credentials for {identity.name} failed ({type(error).__name__})",
        f"run: aws sts get-caller-identity --profile {name}",
    )
