"""What must hold whatever bytes a stranger sends as a path or as an Authorization header."""

from __future__ import annotations

import base64

from tests.edge.events import basic, viewer_request
from tests.edge.gates import TOKEN, entrance
from tests.edge.test_places import SAFE_KEY

DOOR = entrance()
SECRETS = ("wonder:land", "builder", "nothing")
USER = basic("", TOKEN)


def check_path(data: bytes) -> str:
    """Ask for a path, as a user and as a stranger; return the user's verdict. Fails if a key escapes."""
    uri = data.decode("latin-1")
    stranger = DOOR.gate.answer(viewer_request(uri))
    assert stranger["status"] == "401"
    answer = DOOR.gate.answer(viewer_request(uri, authorization=USER))
    DOOR.log.clear()
    if "status" in answer:
        assert answer["status"] in {"301", "404"}, answer
        return str(answer["status"])
    assert SAFE_KEY.fullmatch(answer["uri"]), answer["uri"]
    return "pass"


def check_credentials(data: bytes) -> str | None:
    """Send them as Basic credentials, well encoded; return who came in."""
    return check_header(b"Basic " + base64.b64encode(data))


def check_header(data: bytes) -> str | None:
    """Send a header; return who came in. Fails if nobody's secret was in it, or if the log repeats it."""
    value = data.decode("latin-1")
    answer = DOOR.gate.answer(viewer_request(authorization=value))
    line = DOOR.lines()[-1]
    logged = "".join(DOOR.log)
    DOOR.log.clear()
    who: str | None = line["who"]
    assert not any(secret in logged for secret in (*SECRETS, TOKEN))
    if who is None:
        assert answer["status"] == "401", answer
        return None
    assert value.lower().startswith("basic ")
    assert (line["kind"], who) in {("password", "alice"), ("password", "bob"), ("password", "nobody")} | {
        ("token", "ci")
    }
    return who
