"""The fuzz target for atheris: ``python -m tests.fuzz.target path|header|credentials [libFuzzer's options]``.

Run by hand, from the checkout, after ``pip install --group fuzz``. It runs until it finds something.
"""

from __future__ import annotations

if __name__ == "__main__":
    import sys

    import atheris

    with atheris.instrument_imports(include=["s3pypi_edge"]):
        from tests.fuzz.invariants import check_credentials, check_header, check_path

    checks = {"path": check_path, "header": check_header, "credentials": check_credentials}
    if len(sys.argv) < 2 or sys.argv[1] not in checks:  # the program and its argument
        sys.exit(__doc__)
    check = checks[sys.argv.pop(1)]
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
