"""What the command lines of all programs share."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

FAILED = 1
USAGE = 2
INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it


def run(command: Callable[[], int]) -> int:
    """Run ``command``; return its exit code, or 1 (2 for usage) after printing what a user can mend.

    Anything but a RepositoryError is a bug and keeps its traceback.
    """
    try:
        return command()
    except RepositoryError as error:
        complain(error)
        return USAGE if isinstance(error, UsageError) else FAILED
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone: nothing is left to say, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def complain(error: RepositoryError) -> None:
    """Print an error and its hint to standard error."""
    sys.stderr.write(f"error: {error.message}\n")
    if error.hint:
        sys.stderr.write(f"hint: {error.hint}\n")


def add_aws_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that the AWS CLI has, under its names."""
    group = parser.add_argument_group("AWS options, as in the AWS CLI")
    group.add_argument("--profile", help="a profile of the AWS configuration [env: AWS_PROFILE]")
    group.add_argument("--region", help="the region of the bucket [env: AWS_DEFAULT_REGION]")
    group.add_argument("--endpoint-url", metavar="URL", help="another S3 endpoint [env: AWS_ENDPOINT_URL_S3]")
