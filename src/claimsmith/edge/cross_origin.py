"""Let pages of applications read answers (CORS, Fetch Standard §3.2), and pages of nobody else.

The origin is named in the answer, never `*`, because browsers send cookies along: a page that is none of an
application's gets no permission at all (E19).
"""

from collections.abc import Awaitable, Callable
from typing import Any

from claimsmith.domain.errors import Unavailable
from claimsmith.usecases.directory import Runtime
from claimsmith.usecases.origins import KnownOrigins

Asgi = Callable[[Any, Any, Any], Awaitable[None]]
Lines = list[tuple[bytes, bytes]]

VARY = (b"vary", b"Origin")
_PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"authorization, content-type, kinde-sdk"),
    (b"access-control-max-age", b"600"),
)


def header(scope: Any, name: bytes) -> str | None:
    """Return the last header line of a name, if there is one."""
    found = [value for key, value in scope["headers"] if key == name]
    return found[-1].decode("latin-1") if found else None


def permission(origin: str) -> Lines:
    """Return the header lines that let a page of an origin read an answer."""
    return [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-allow-credentials", b"true"),
        VARY,
    ]


def is_preflight(scope: Any) -> bool:
    """Tell whether a browser asks what a page may send."""
    return scope["method"] == "OPTIONS" and header(scope, b"access-control-request-method") is not None


class CrossOrigin:
    """Stand before an application whose answers pages may read."""

    def __init__(self, application: Asgi, origins: KnownOrigins, paths: frozenset[str] | None = None) -> None:
        """Take the application, and the paths below the issuer that pages may read; `None` means all."""
        self._application = application
        self._origins = origins
        self._paths = paths

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer the preflight of a known page; let the application answer the rest, permitted or not."""
        origin = header(scope, b"origin")
        runtime: Runtime = scope["claimsmith.runtime"]
        path = scope["path"].removeprefix(runtime.prefix)
        if origin is None or (self._paths is not None and path not in self._paths):
            await self._application(scope, receive, send)
            return
        if not await self._is_known(runtime, origin):
            await self._application(scope, receive, adding([VARY], send))
        elif is_preflight(scope):
            await _answer_preflight(origin, send)
        else:
            await self._application(scope, receive, adding(permission(origin), send))

    async def _is_known(self, runtime: Runtime, origin: str) -> bool:
        try:
            return await self._origins.holds(runtime, origin)
        except Unavailable:
            return False


def adding(lines: Lines, send: Any) -> Any:
    """Return a `send` that adds header lines to the head of an answer."""

    async def with_lines(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *lines]}
        await send(message)

    return with_lines


async def _answer_preflight(origin: str, send: Any) -> None:
    """Say what a page may send."""
    headers = [*permission(origin), *_PREFLIGHT, (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
