"""A library that only its company can install."""


def greeting(name: str) -> str:
    """Return a greeting.

    >>> greeting("you")
    'Hello, you, from a private repository.'
    """
    return f"Hello, {name}, from a private repository."
