"""Errors are advice: a sentence that says what is wrong, and a hint that says what to type next."""


class RepositoryError(Exception):
    """What a user can mend. Programs print it to standard error and end with 1.

    ``message`` says what is wrong and where; ``hint``, which may be empty, what to do about it.
    Neither ever holds a secret.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UsageError(RepositoryError):
    """The command line does not say enough, or contradicts itself. Programs end with 2."""


class Interruption(KeyboardInterrupt):
    """Ctrl-C, and what it left. Programs print it to standard error and end with 130.

    ``message`` says what was done until then; ``hint``, which may be empty, how to go on.
    """

    def __init__(self, message: str = "interrupted", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def repair_hint(*projects: str) -> str:
    """What to type when the bucket holds less than its index needs."""
    return " ".join(("s3twine verify --repair", *projects))
