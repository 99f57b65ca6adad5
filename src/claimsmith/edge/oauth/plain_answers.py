"""Give the answers that protocol endpoints share for requests that are not even forms."""

import orjson
from starlette.responses import Response

from claimsmith.edge.errors import NO_STORE


def _answer(status: int, description: str, headers: dict[str, str] | None = None) -> Response:
    body = orjson.dumps({"error": "invalid_request", "error_description": description})
    return Response(body, status, {**NO_STORE, **(headers or {})}, "application/json")


def method_not_allowed(allowed: str) -> Response:
    """Say that only another method works here (E01, I10)."""
    return _answer(405, f"Only {allowed} is allowed here.", {"Allow": allowed})


def body_too_large() -> Response:
    """Say that the body passes 16 KiB."""
    return _answer(413, "The body is larger than 16384 bytes.", {"Connection": "close"})


def body_too_slow() -> Response:
    """Say that the body did not arrive within ten seconds."""
    return _answer(408, "The body did not arrive within 10 seconds.", {"Connection": "close"})


def not_found() -> Response:
    """Say that there is nothing at this path."""
    body = orjson.dumps({"error": "not_found", "error_description": "There is nothing at this path."})
    return Response(body, 404, NO_STORE, "application/json")
