"""Serve `/health/live` and `/health/ready`, on any host."""

from typing import Any

import orjson
from starlette.responses import Response

from claimsmith.domain.errors import Unavailable
from claimsmith.edge.errors import NO_STORE
from claimsmith.usecases.context import Platform
from claimsmith.usecases.health import check_readiness


class Health:
    """Tell whether the process lives and whether it can serve."""

    def __init__(self, platform: Platform) -> None:
        """Take the parts to check."""
        self._platform = platform

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["path"] == "/health/live":
            response = _answer(200, {"status": "ok"})
        elif scope["path"] == "/health/ready":
            response = await self._ready()
        else:
            response = _answer(404, {"error": "not_found", "error_description": "See /health/ready."})
        await response(scope, receive, send)

    async def _ready(self) -> Response:
        try:
            checks = await check_readiness(self._platform)
        except Unavailable as error:
            checks = {"database": error.message}
        good = all(outcome == "ok" for outcome in checks.values())
        return _answer(200 if good else 503, {"status": "ok" if good else "failing", "checks": checks})


def _answer(status: int, body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), status, NO_STORE, "application/json")
