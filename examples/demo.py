"""A private repository on this machine, shown command by command.

Everything happens in a temporary folder, which is removed at the end, and on loopback.
``demo.py`` makes an environment with the project in it and runs ``demo.py steps`` there, inside
``s3pypi-serve``, which sets the AWS keys, the address and the token for the steps alone.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent
PROJECT = EXAMPLES.parent
REFRESH = 1  # seconds; at the edge of a real repository it is 60
JSON = "application/vnd.pypi.simple.v1+json"


def main() -> None:
    """Make the environment, start the repository, run the steps in it."""
    with tempfile.TemporaryDirectory(prefix="s3pypi-demo-") as folder:
        os.chdir(folder)
        title(f"An environment with the project in it, in {folder}")
        run(sys.executable, "-m", "venv", "tools")
        run("tools/bin/python", "-m", "pip", "install", "--quiet", f"{PROJECT}[serve]", "build", "hatchling")
        title("The repository: a real S3 server, and the function that stands before it in the cloud")
        tools = Path("tools/bin").resolve()
        os.environ["PATH"] = f"{tools}{os.pathsep}{os.environ['PATH']}"
        serve = ["s3pypi-serve", "--port", "0", "--refresh", str(REFRESH), "--"]
        run(*serve, str(tools / "python"), str(EXAMPLES / "demo.py"), "steps")
    title("The repository has ended, and the folder is gone")


def steps() -> None:
    """Run, inside the repository's environment, what a publisher, a developer and an administrator do."""
    url = os.environ["S3PYPI_URL"]
    title("Two projects, one of which depends on the other")
    for project in ("greeting", "hello"):
        run(
            "python",
            "-m",
            "build",
            "--no-isolation",
            "--outdir",
            "dist",
            str(EXAMPLES / project),
            capture=True,
        )
    files = sorted(str(path) for path in Path("dist").iterdir())

    title("Upload, and upload again: nothing to do")
    run("s3twine", "upload", *files)
    run("s3twine", "upload", *files)

    title("Install in a clean environment: pip asks the keyring, and nobody types a password")
    install(url)

    title("A stranger is turned away")
    get(url, expect="401")

    title("A user is let in, and a minute after the revocation (here, a second) turned away")
    run("s3pypi-admin", "user", "add", "guest")
    token = run("s3pypi-admin", "token", "create", "guest", capture=True)
    time.sleep(REFRESH + 1)
    get(f"{url}demo-hello/", expect="200", user="guest", password=token)
    run("s3pypi-admin", "user", "remove", "guest")
    time.sleep(REFRESH + 1)
    get(f"{url}demo-hello/", user="guest", password=token, expect="401")

    title("The index page, as JSON")
    token = os.environ["S3PYPI_TOKEN"]
    get(f"{url}demo-hello/", expect="200", user="local", password=token, accept=JSON)


def install(url: str) -> None:
    """Install the dependent project with the newest pip, which finds ``keyring`` on PATH."""
    run("python", "-m", "venv", "--upgrade-deps", "clean")
    settings = {"PIP_KEYRING_PROVIDER": "subprocess", "PIP_CONFIG_FILE": os.devnull}
    run("clean/bin/pip", "install", "--no-input", "--index-url", url, "demo-hello", **settings)
    run("clean/bin/demo-hello")


def get(url: str, *, expect: str, user: str = "", password: str = "", accept: str = "") -> None:
    """Show what the repository answers; end the demonstration if the status is not ``expect``."""
    command = ["python", str(EXAMPLES / "get.py"), url, "--expect", expect]
    command += ["--user", user] if user else []
    command += ["--accept", accept] if accept else []
    run(*command, secret=password)


def title(text: str) -> None:
    """Print a heading."""
    print(f"\n=== {text}", flush=True)


def run(*command: str, capture: bool = False, secret: str = "", **settings: str) -> str:
    """Echo a command with its settings and run it; return its output, where that is to be captured.

    ``secret`` reaches it as GET_PASSWORD and is not shown. Raises CalledProcessError if it fails.
    """
    shown = [f"{name}={shlex.quote(value)}" for name, value in settings.items()]
    print("$", *shown, shlex.join(command), flush=True)
    environment = {**os.environ, **settings, "GET_PASSWORD": secret}
    output = subprocess.PIPE if capture else None
    done = subprocess.run(command, env=environment, stdout=output, text=True, check=True)
    return (done.stdout or "").strip()


if __name__ == "__main__":
    try:
        steps() if sys.argv[1:] == ["steps"] else main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"the demonstration failed: {error}")
