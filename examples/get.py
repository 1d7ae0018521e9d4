"""Send one GET request and show the answer.

The password of USER is read from the environment variable GET_PASSWORD. The exit code is 1 when the
status is not the expected one.
"""

import argparse
import base64
import os
import sys
import urllib.error
import urllib.request


def main() -> int:
    """Print the status, the headers that matter here, and the body."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--user")
    parser.add_argument("--accept", default="*/*")
    parser.add_argument("--expect", type=int)
    options = parser.parse_args()
    # S310: any scheme would do here, the address is the caller's own.
    request = urllib.request.Request(options.url, headers={"Accept": options.accept})  # noqa: S310
    if options.user:
        pair = f"{options.user}:{os.environ['GET_PASSWORD']}".encode()
        request.add_header("Authorization", f"Basic {base64.b64encode(pair).decode()}")
    try:
        answer = urllib.request.urlopen(request, timeout=30)  # noqa: S310  # likewise
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        print(answer.status, answer.reason)
        for name in ("Content-Type", "WWW-Authenticate"):
            if name in answer.headers:
                print(f"{name}: {answer.headers[name]}")
        print(answer.read().decode())
        return 0 if options.expect in (None, answer.status) else 1


if __name__ == "__main__":
    sys.exit(main())
