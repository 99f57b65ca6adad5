"""Run the HTTP server: one process, or a parent that watches several workers on one socket."""

import ctypes
import errno
import os
import shutil
import signal
import socket
import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import structlog
from uvicorn import Config, Server
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess

from claimsmith.app import make_app
from claimsmith.edge.front import Front
from claimsmith.edge.short_way import ShortWayProtocol
from claimsmith.logs import set_up_logs
from claimsmith.opening import prepare_now
from claimsmith.settings import Settings, SettingsError

KEEP_ALIVE_SECONDS = 75
BACKLOG = 2_048
_M_ARENA_MAX = -8
WORKER_ANSWER_SECONDS = 30
"""A worker that says nothing for so long is replaced; starting on a busy machine takes its time."""


class CannotServe(SettingsError):
    """Say which address, port or certificate keeps the server from starting."""


class PromptServer(Server):
    """Leave at the second signal without waiting for what is in flight, whichever signal it is."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; the second time, stop at once."""
        if self.should_exit:
            self.force_exit = True
        super().handle_exit(sig, frame)


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code. Raises `CannotServe` and what `prepare` raises."""
    _allocate_from_one_heap()
    set_up_logs(settings)
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    listener = bind(settings.host, settings.port)
    try:
        _check_tls(settings)
        _check_metrics(settings)
        environment = prepare_now(settings)
        log = structlog.get_logger("claimsmith.serve")
        log.info(
            "starting",
            issuer=environment.issuer,
            address=address_of(settings),
            data=str(settings.data.resolve()),
            workers=settings.workers,
            console=f"run: claimsmith console-link --data {settings.data}",
        )
        return _run_one(settings, listener) if settings.workers == 1 else _run_several(settings, listener)
    finally:
        listener.close()


def _leave(_signal: int, _frame: object) -> None:
    """Leave with exit code 0: being asked to stop is no failure."""
    raise SystemExit(0)


def address_of(settings: Settings) -> str:
    """Return the URL of the listening address."""
    scheme = "https" if settings.tls_cert else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}://{host}:{settings.port}"


def bind(host: str, port: int, *, options: tuple[str, str] = ("--host", "--port")) -> socket.socket:
    """Return a socket bound to an address, before anything is prepared.

    Raises `CannotServe`, which says by which of the two `options` to give another host or port.
    """
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotServe(
            f"The address {host} is unknown to this machine: {error.strerror}. "
            f"Give one of its own with {options[0]}."
        ) from None
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(place)
        # Two processes can bind one port while neither listens; listening here finds the second one out.
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CannotServe(
            f"Cannot listen on {host} port {port}: {error.strerror}. {_remedy(error, options)}"
        ) from None
    listener.set_inheritable(True)
    return listener


def _remedy(error: OSError, options: tuple[str, str]) -> str:
    host, port = options
    if error.errno == errno.EADDRNOTAVAIL:
        return f"Give an address of this machine with {host}."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Choose a port above 1023 with {port}, or let this user take lower ones."
    return f"Choose another with {port}, or stop what uses it."


def _check_tls(settings: Settings) -> None:
    if settings.tls_cert is None or settings.tls_key is None:
        return
    import ssl

    for path in (settings.tls_cert, settings.tls_key):
        try:
            path.read_bytes()
        except OSError as error:
            raise CannotServe(
                f"The TLS file {path} cannot be read: {error.strerror}. Name a file that this user may read."
            ) from None
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            settings.tls_cert, settings.tls_key, password=lambda: _no_passphrase(settings.tls_key)
        )
    except OSError as error:
        said = str(getattr(error, "reason", None) or error.strerror or error).replace("_", " ").lower()
        raise CannotServe(
            f"The TLS certificate {settings.tls_cert} with the key {settings.tls_key} cannot be used: "
            f"{said}. Give PEM files: the certificate with its chain, and the key that belongs to it."
        ) from None


def _no_passphrase(key: Path | None) -> str:
    """Refuse a key that asks for one: a server has nobody to ask, at its next start at the latest."""
    raise CannotServe(
        f"The TLS key {key} is protected by a passphrase. Give one without: openssl pkey -in {key} -out FILE"
    )


def _check_metrics(settings: Settings) -> None:
    """Find out early that the port of the metrics is taken: nothing has been made yet."""
    if settings.metrics_port:
        options = ("CLAIMSMITH_METRICS_HOST", "CLAIMSMITH_METRICS_PORT")
        bind(settings.metrics_host, settings.metrics_port, options=options).close()


def _config(settings: Settings) -> Config:
    return Config(
        partial(_worker, settings),
        factory=True,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=ShortWayProtocol,
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        # X-Forwarded-For is judged by edge/requests.py under the trusted_proxies setting alone.
        proxy_headers=False,
        workers=settings.workers,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.shutdown_seconds,
        timeout_worker_healthcheck=WORKER_ANSWER_SECONDS,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )


def _worker(settings: Settings) -> Front:
    """Make the application of one process; runs in the worker itself."""
    if settings.workers > 1:
        _allocate_from_one_heap()
        set_up_logs(settings)
    return make_app(settings)


def _allocate_from_one_heap() -> None:
    """Let all threads of this process share one heap of the C library, where it is glibc.

    It would give each thread one of its own, and what a thread makes once (the management API, the pages)
    would hold a heap that nobody else fills. The threads wait for one another anyway.
    """
    with suppress(AttributeError, OSError, TypeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def _run_one(settings: Settings, listener: socket.socket) -> int:
    if settings.metrics_port:
        _serve_metrics(settings)
    server = PromptServer(_config(settings))
    server.run(sockets=[listener])
    return 0 if server.started else 1


def _run_several(settings: Settings, listener: socket.socket) -> int:
    """Watch workers on one socket. The settings reach them through a pipe, not through their environment."""
    directory = None
    if settings.metrics_port:
        # Set before the workers import prometheus_client, which looks for it once.
        directory = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="claimsmith-metrics-")
        _serve_metrics(settings, directory)
    try:
        parent = Multiprocess(_config(settings), sockets=[listener])
        parent.run()
    finally:
        if directory:
            shutil.rmtree(directory, ignore_errors=True)
    failed = any(process.exitcode == STARTUP_FAILURE for process in parent.processes)
    return 1 if failed else 0


def _serve_metrics(settings: Settings, directory: str | None = None) -> None:
    from prometheus_client import REGISTRY, CollectorRegistry, start_http_server
    from prometheus_client.multiprocess import MultiProcessCollector

    registry: Any = REGISTRY
    if directory:
        registry = CollectorRegistry()
        # prometheus_client gives this class no types.
        MultiProcessCollector(registry, path=directory)  # type: ignore[no-untyped-call]
    try:
        start_http_server(settings.metrics_port, settings.metrics_host, registry=registry)
    except OSError as error:
        raise CannotServe(
            f"Cannot serve metrics on {settings.metrics_host} port {settings.metrics_port}: "
            f"{error.strerror}. "
            "Choose another port with CLAIMSMITH_METRICS_PORT."
        ) from None
