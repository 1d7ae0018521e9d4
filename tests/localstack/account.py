"""Somebody with an account in LocalStack, and the program's command line."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3pypi_core.aws.aws_clients import AwsClients

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = "123456789012"  # as an access key, LocalStack takes it for the account's number
PATIENCE = 120  # seconds for a command
# CloudFormation's answers are awaited by the second; here they come at once.
_HURRY = "import time\nsleep = time.sleep\ntime.sleep = lambda seconds: sleep(seconds / 10)\n"


@dataclass(frozen=True)
class Outcome:
    """What a command ended with, and said."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Account:
    """An account of a LocalStack, and a home in ``folder``."""

    endpoint: str
    folder: Path

    @property
    def variables(self) -> dict[str, str]:
        """All that a command sees."""
        hurry = self.folder / "hurry"
        hurry.mkdir(parents=True, exist_ok=True)
        (hurry / "sitecustomize.py").write_text(_HURRY, encoding="utf-8")
        path = [str(hurry), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {
            "HOME": str(self.folder),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(path),
            "LANG": "C.UTF-8",
            "COLUMNS": "200",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": NUMBER,
            "AWS_SECRET_ACCESS_KEY": "a-secret-for-the-tests",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @property
    def clients(self) -> AwsClients:
        """AWS, asked directly. The test has set the same variables."""
        return AwsClients.open()

    def deploy(self, *options: str) -> Outcome:
        """Run ``python -m s3pypi_deploy``, with nobody to be asked."""
        done = subprocess.run(
            _command(options),
            env=self.variables,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def deploy_typing(self, answer: str, *options: str) -> Outcome:
        """Run it in a terminal of its own, where somebody types a line."""
        keyboard, terminal = pty.openpty()
        with (
            os.fdopen(keyboard, "wb", buffering=0) as person,
            subprocess.Popen(
                _command(options),
                env=self.variables,
                cwd=self.folder,
                stdin=terminal,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            ) as process,
        ):
            os.close(terminal)
            person.write(f"{answer}\n".encode())
            try:
                out, err = process.communicate(timeout=PATIENCE)
            finally:
                process.kill()
        return Outcome(process.returncode, out, err)


def _command(options: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "s3pypi_deploy", *options]
