"""Be the first to see a request: find its environment, send tokens the short way, log the rest.

The order of the tests in `_http` is the order of what is asked for most.
"""

import os
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import orjson
import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from claimsmith.domain.errors import InvalidInput, Unavailable
from claimsmith.edge.errors import NO_STORE, api_error_response
from claimsmith.edge.leaving import Leaving
from claimsmith.edge.metrics import REQUEST_SECONDS, REQUESTS
from claimsmith.edge.oauth.token import TokenRoute
from claimsmith.edge.repeats import Repeat, Repeats
from claimsmith.edge.requests import (
    LONGEST_SHOWN,
    Addresses,
    Headers,
    forwarded_headers,
    host_of,
    shown_host,
)
from claimsmith.usecases.context import Platform
from claimsmith.usecases.directory import Runtime

log = structlog.get_logger("claimsmith.http")

TOKEN_PATH = "/oauth2/token"  # noqa: S105 - a path
MACHINES_GRANT = b"client_credentials"
HEALTH_PREFIX = "/health/"
API_PREFIXES = ("/api/", "/account_api/")
"""Where errors have the shape that the OpenAPI document describes, also those that are found before it."""
RFC_8414_PREFIX = "/.well-known/oauth-authorization-server/"

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


class Front:
    """Dispatch the requests of one process."""

    def __init__(  # noqa: PLR0917 - called once, by the composition root
        self,
        platform: Platform,
        token: TokenRoute,
        routes: dict[str, Asgi],
        health: Asgi,
        addresses: Addresses,
        running: Callable[[], AbstractAsyncContextManager[None]],
    ) -> None:
        """Take the parts.

        `routes` maps the first segment of a path (`/api/`, `/console`, `/`) to an ASGI application; `running`
        is entered when the process starts to serve and left when it stops.
        """
        self._platform = platform
        self._directory = platform.directory
        self._token = token
        self._routes = routes
        self._health = health
        self._addresses = addresses
        self._running = running
        self._repeats = Repeats()
        self.leaving = Leaving()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one ASGI connection."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    def token_now(
        self, path: str, headers: Headers, body: bytes, client: Any, whole: bytes | None
    ) -> bytes | None:
        """Answer a token request that needs no waiting (`edge/short_way.py`); `None` for any other."""
        if MACHINES_GRANT not in body:
            return None  # what is done for people waits for the database
        scope = {"headers": headers, "client": client}
        host = host_of(scope)
        runtime = self._token_runtime(host, path)
        if runtime is None:
            return None
        granted = self._token.grant_now(runtime, self._addresses.of(scope), headers, body)
        if granted is None:
            return None
        if whole is not None:
            forwarded = forwarded_headers(headers)
            generation = self._directory.generation
            self._repeats.remember(whole, Repeat(host, path, forwarded, granted, runtime, generation))
        return self._token.answer(runtime, granted)

    def token_again(self, whole: bytes, client: Any) -> bytes | None:
        """Answer a request that is byte for byte one that `token_now` answered; `None` for any other."""
        repeat = self._repeats.find(whole)
        if repeat is None or not self._is_current(repeat):
            return None
        address = self._addresses.seen(client, repeat.forwarded)
        return self._token.answer_again(repeat.runtime, repeat.granted, address)

    def _is_current(self, repeat: Repeat) -> bool:
        """Tell whether host and path mean the same environment, and the client's view is the current one.

        While nothing was thrown away since this was true, it is true.
        """
        generation = self._directory.generation
        if repeat.generation == generation:
            return self._directory.is_fresh()
        runtime = self._token_runtime(repeat.host, repeat.path)
        if runtime is None or not self._token.is_current(runtime, repeat.granted):
            return False
        repeat.runtime, repeat.generation = runtime, generation
        return True

    def _token_runtime(self, host: str, path: str) -> Runtime | None:
        runtime = self._directory.resolve(host, path)
        if runtime is None or path != runtime.prefix + TOKEN_PATH or self._directory.needs_reload(runtime.id):
            return None
        return runtime

    async def _http(self, scope: Any, receive: Any, send: Any) -> None:
        path: str = scope["path"]
        if not path.startswith("/"):
            await _turned_away(_no_path(), scope, receive, send)
            return
        if path.startswith(HEALTH_PREFIX):
            await self._health(scope, receive, send)
            return
        if path.startswith(RFC_8414_PREFIX):
            path = _issuer_first(path, scope)
        runtime = self._directory.resolve(host_of(scope), path)
        if runtime is None:
            await _turned_away(_unknown_host(host_of(scope)), scope, receive, send)
            return
        if self._directory.needs_reload(runtime.id):
            current = await self._current(runtime)
            if current is None:
                await _turned_away(_unavailable(_within(runtime, path)), scope, receive, send)
                return
            runtime = current
        inner = _within(runtime, path)
        if inner == TOKEN_PATH:
            await _answered(partial(self._token, runtime, self._addresses.of(scope)), scope, receive, send)
            return
        if "\x00" in path or b"%00" in scope["query_string"]:
            await _turned_away(_nul(inner), scope, receive, send)
            return
        await self._logged(runtime, inner or "/", scope, receive, send)

    async def _current(self, runtime: Runtime) -> Runtime | None:
        try:
            return await self._directory.current(runtime.id)
        except Unavailable:
            return None

    async def _logged(self, runtime: Runtime, inner: str, scope: Any, receive: Any, send: Any) -> None:
        began = time.perf_counter()
        scope["root_path"] = runtime.prefix
        scope["claimsmith.platform"] = self._platform
        scope["claimsmith.runtime"] = runtime
        scope["claimsmith.address"] = self._addresses.of(scope)
        area = inner.split("/", 2)[1] or "root"
        application = self._routes.get(area)
        area = area if application is not None else "other"
        status, request_id = await _answered(application or self._routes["other"], scope, receive, send)
        seconds = time.perf_counter() - began
        REQUESTS.labels(area, f"{status // 100}xx").inc()
        REQUEST_SECONDS.labels(area).observe(seconds)
        log.info(
            "request",
            method=scope["method"],
            path=inner,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            environment=runtime.environment.code,
            request_id=request_id,
        )

    async def _lifespan(self, receive: Any, send: Any) -> None:
        await receive()
        running = self._running()
        try:
            await running.__aenter__()
        except Exception as error:
            log.exception("start_failed")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await running.__aexit__(None, None, None)
        await send({"type": "lifespan.shutdown.complete"})


async def _answered(application: Asgi, scope: Any, receive: Any, send: Any) -> tuple[int, str]:
    """Give a request its id, in the answer and in the log; answer what fails. Return status and id."""
    request_id = os.urandom(8).hex()
    scope["claimsmith.request_id"] = request_id
    path, status = scope["path"], 0

    async def named(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            message = {**message, "headers": headers}
        await send(message)

    with structlog.contextvars.bound_contextvars(request_id=request_id):
        try:
            await application(scope, receive, named)
        except (ConnectionError, ClientDisconnect):
            log.info("client_left", path=path)
        except Unavailable as error:
            log.error("unavailable", path=path, detail=error.detail)
            if not status:
                await _unavailable()(scope, receive, named)
        except Exception:
            log.exception("failed", path=path)
            if not status:
                await _failed(request_id)(scope, receive, named)
    return status, request_id


async def _turned_away(answer: Response, scope: Any, receive: Any, send: Any) -> None:
    """Answer a request that gets no further, with an id and a line in the log as every other."""
    status, request_id = await _answered(answer, scope, receive, send)
    log.info(
        "turned_away",
        method=scope["method"],
        host=shown_host(host_of(scope)),
        path=scope["path"][:LONGEST_SHOWN],
        status=status,
        request_id=request_id,
    )


def _within(runtime: Runtime, path: str) -> str:
    """Return a path without the environment's own prefix."""
    return path[len(runtime.prefix) :] if runtime.prefix else path


def _issuer_first(path: str, scope: Any) -> str:
    """Rewrite RFC 8414 §3.1's address of metadata, which ends with the issuer's path, to begin with it."""
    well_known = RFC_8414_PREFIX.rstrip("/")
    path = path[len(well_known) :].rstrip("/") + well_known
    scope["path"], scope["raw_path"] = path, path.encode()
    return path


def _json(status: int, error: str, description: str, headers: dict[str, str] | None = None) -> Response:
    body = orjson.dumps({"error": error, "error_description": description})
    return Response(body, status, {**NO_STORE, **(headers or {})}, "application/json")


def _unknown_host(host: str) -> Response:
    """Name what was asked for, and none of the hosts that there are: those are for their operator."""
    asked = f"the host {shown_host(host)}" if host else "no host"
    return _json(
        404,
        "not_found",
        f"No environment has an issuer with {asked} and this path. On the machine of the server, "
        "claimsmith environment list shows the issuers there are.",
    )


def _no_path() -> Response:
    return _json(400, "invalid_request", "The request target is no path; it has to begin with a slash.")


def _nul(inner: str) -> Response:
    told = "The address holds a NUL character."
    if inner.startswith(API_PREFIXES):
        return api_error_response(InvalidInput(told, code="ADDRESS_INVALID"))
    return _json(400, "invalid_request", told)


def _unavailable(inner: str = "") -> Response:
    if inner.startswith(API_PREFIXES):
        return api_error_response(Unavailable("The environment cannot be read now."))
    return _json(503, "temporarily_unavailable", "The server cannot decide now.", {"Retry-After": "1"})


def _failed(request_id: str) -> Response:
    return _json(500, "server_error", f"The server failed. The log says more under {request_id}.")
