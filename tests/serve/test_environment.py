from __future__ import annotations

import subprocess

from s3pypi_serve.environment import command_environment, shell_lines

VARIABLES = {"S3PYPI_TOKEN": "s3p_local_x", "S3PYPI_CONFIG": "/it's here/config.toml"}


def test_a_command_gets_the_variables_beside_its_own() -> None:
    environ = {"HOME": "/home/me", "S3PYPI_TOKEN": "old"}
    assert command_environment(environ, VARIABLES) == {"HOME": "/home/me", **VARIABLES}


def test_what_would_get_in_the_way_is_removed() -> None:
    environ = dict.fromkeys(
        (
            "AWS_PROFILE",
            "AWS_SESSION_TOKEN",
            "AWS_ENDPOINT_URL",
            "TWINE_REPOSITORY_URL",
            "S3PYPI_LOCAL_TOKEN",
            "S3PYPI_ACME_TOKEN",
        ),
        "x",
    )
    assert command_environment(environ, VARIABLES) == VARIABLES


def test_a_proxy_is_not_asked_for_what_is_on_this_machine() -> None:
    environ = {"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": "example.com"}
    hosts = "example.com,127.0.0.1,localhost"
    assert command_environment(environ, {}) == {
        "HTTP_PROXY": "http://proxy:3128",
        "NO_PROXY": hosts,
        "no_proxy": hosts,
    }
    assert command_environment({"all_proxy": "x"}, {})["no_proxy"] == "127.0.0.1,localhost"


def test_a_shell_that_sources_the_lines_has_the_same() -> None:
    script = shell_lines({"https_proxy": "x", "http_proxy": "x"}, VARIABLES)
    script += 'echo "$S3PYPI_TOKEN|$S3PYPI_CONFIG|$AWS_PROFILE|$NO_PROXY"\n'
    environ = {"AWS_PROFILE": "acme"}
    shell = subprocess.run(
        ["/bin/sh", "-eu", "-c", script.replace("$AWS_PROFILE", "${AWS_PROFILE-}")],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shell.stdout == "s3p_local_x|/it's here/config.toml||127.0.0.1,localhost\n"
