"""Check what is true of every answer, whatever was asked (G1-G5 of the security checks)."""

import re

ALLOWED = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")
LEAKS = ("Traceback", "sqlalchemy", "site-packages", "SELECT ", "claimsmith.db", "/home/", "/root/")


def sound(answer, *secrets: str):
    """Return the answer after checking it; `secrets` are texts that must not be in it."""
    assert answer.status_code < 500, answer.text
    for leak in (*LEAKS, *secrets):
        assert leak not in answer.text, leak
    if "access_token" in answer.text or answer.status_code >= 400:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
    if answer.status_code >= 400:
        body = answer.json()
        told = body.get("error_description") or "".join(each["message"] for each in body.get("errors", ()))
        assert told
        assert answer.headers["x-request-id"]
        if "error_description" in body:
            assert ALLOWED.fullmatch(body["error"] + body["error_description"])
    return answer
