"""A program that depends on a private library."""

import getpass

from demo_greeting import greeting


def main() -> None:
    """Greet whoever runs it."""
    print(greeting(getpass.getuser()))
