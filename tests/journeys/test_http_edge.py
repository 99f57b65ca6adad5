"""A real server under raw sockets: slow, broken and hostile HTTP (W rows, V-134, G7)."""

import re
import socket
import threading
import time
from contextlib import suppress
from urllib.parse import urlencode

import httpx
import pytest

from tests.journeys.test_staleness import configure
from tests.support.server import RunningServer

DEADLINE_SECONDS = 10


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with RunningServer(tmp_path_factory.mktemp("edge") / "data") as server:
        with server.management() as management:
            credentials = configure(management)
        yield server, credentials


def connected(server):
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_SECONDS + 8)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def exchange(server, data: bytes, *, ends: bool = True) -> bytes:
    """Send bytes, end the sending if so told, and return what comes back until the server closes."""
    with connected(server) as connection:
        with suppress(OSError):
            connection.sendall(data)
            if ends:
                connection.shutdown(socket.SHUT_WR)
        connection.settimeout(5)
        found = b""
        with suppress(OSError):
            while part := connection.recv(65_536):
                found += part
        return found


def head(server, *lines: str, method="POST", path="/oauth2/token", version="1.1") -> bytes:
    first = f"{method} {path} HTTP/{version}\r\nHost: 127.0.0.1:{server.port}\r\n"
    return (first + "".join(f"{line}\r\n" for line in lines) + "\r\n").encode("latin-1")


FORM = "Content-Type: application/x-www-form-urlencoded"


def test_dripping_heads_and_bodies_are_cut_off(running):
    """Finding 8: one byte a second holds no connection. All cases at once: each takes its deadline."""
    server, _ = running
    beginnings = {
        "silent": b"",
        "head": b"POST /oauth2/token HTTP/1.1\r\nHost: x",
        "token body": head(server, FORM, "Content-Length: 500"),
        "introspection body": head(server, FORM, "Content-Length: 500", path="/oauth2/introspect"),
        "chunks": head(server, FORM, "Transfer-Encoding: chunked"),
    }
    seconds: dict[str, float] = {}

    def drip(name: str, beginning: bytes) -> None:
        began = time.monotonic()
        with connected(server) as connection, suppress(OSError):
            connection.sendall(beginning)
            connection.settimeout(0.5)
            while time.monotonic() - began < DEADLINE_SECONDS + 6:
                try:
                    if not connection.recv(65_536):
                        break
                except TimeoutError:
                    if beginning:
                        connection.sendall(b"1\r\na\r\n" if name == "chunks" else b"a")
        seconds[name] = time.monotonic() - began

    threads = [threading.Thread(target=drip, args=case) for case in beginnings.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    late = {name: taken for name, taken in seconds.items() if taken > DEADLINE_SECONDS + 3}
    assert late == {}
    assert seconds.keys() == beginnings.keys()


BROKEN = {
    "two lengths": ("Content-Length: 5", "Content-Length: 6"),
    "length and chunks": ("Content-Length: 5", "Transfer-Encoding: chunked"),
    "negative length": ("Content-Length: -5",),
    "signed length": ("Content-Length: +5",),
    "length in words": ("Content-Length: five",),
    "space before the colon": ("Content-Length : 5",),
    "folded header": ("X-One: a", " b"),
    "header without a name": (": x",),
    "NUL in a header": ("X-One: a\x00b",),
}


@pytest.mark.parametrize("name", BROKEN)
def test_ambiguous_requests_are_refused(running, name):
    """A request that two servers would read differently is not read at all."""
    server, _ = running
    answer = exchange(server, head(server, FORM, *BROKEN[name]) + b"a=b&c")
    assert answer.startswith(b"HTTP/1.1 400") or answer == b""


def test_request_smuggled_behind_chunks_is_not_answered(running):
    server, _ = running
    inner = head(server, "Content-Length: 0", method="GET", path="/health/live")
    lines = (FORM, f"Content-Length: {len(inner) + 5}", "Transfer-Encoding: chunked")
    answer = exchange(server, head(server, *lines) + b"0\r\n\r\n" + inner)
    assert answer.count(b"HTTP/1.1 200") == 0


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_other_methods_are_refused(running, method):
    """E01."""
    server, _ = running
    answer = exchange(server, head(server, "Connection: close", method=method))
    assert answer.startswith(b"HTTP/1.1 405")
    assert b"allow: POST" in answer.replace(b"Allow", b"allow")


@pytest.mark.parametrize(
    "path",
    [
        "/" + "a" * 70_000,
        "/%",
        "/%ff%fe",
        "/..//../etc/passwd",
        "/static/../../claimsmith.db",
        "/static/%2e%2e/x",
        "*",
    ],
)
def test_strange_paths_lead_nowhere(running, path):
    server, _ = running
    answer = exchange(server, head(server, "Connection: close", method="GET", path=path))
    assert answer == b"" or re.match(rb"HTTP/1\.1 4\d\d", answer)


def test_absolute_target_does_not_choose_the_host(running):
    """K04: the Host header decides, whatever the request line names."""
    server, _ = running
    target = "http://evil.test/.well-known/openid-configuration"
    answer = exchange(server, head(server, "Connection: close", method="GET", path=target))
    assert b"evil.test" not in answer
    assert b"HTTP/1.1 5" not in answer


def test_many_and_large_headers_do_no_harm(running):
    server, _ = running
    many = [f"X-{number}: {'v' * 100}" for number in range(2_000)]
    for lines in (many, ["X-Large: " + "v" * 300_000]):
        answer = exchange(
            server, head(server, "Connection: close", *lines, method="GET", path="/health/live")
        )
        assert answer == b"" or re.match(rb"HTTP/1\.1 (200|4\d\d)", answer)


def test_body_beyond_the_limit_is_refused_however_it_comes(running):
    server, _ = running
    chunk = b"4000\r\n" + b"a" * 0x4000 + b"\r\n"
    for request in (
        head(server, FORM, "Content-Length: 9000000"),
        head(server, FORM, "Transfer-Encoding: chunked") + chunk * 3 + b"0\r\n\r\n",
        head(server, FORM, "Content-Length: 20000") + b"a" * 20_000,
    ):
        answer = exchange(server, request)
        assert b" 200 " not in answer.split(b"\r\n")[0]


def test_old_http_is_answered_and_closed(running):
    server, credentials = running
    body = urlencode(
        {"grant_type": "client_credentials", **{k: credentials[k] for k in ("client_id", "client_secret")}}
    ).encode()
    answer = exchange(
        server, head(server, FORM, f"Content-Length: {len(body)}", version="1.0") + body, ends=False
    )
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"access_token" in answer


def test_last_of_all_it_lives_and_its_log_holds_no_secret(running):
    """G6, G7."""
    server, credentials = running
    form = {"grant_type": "client_credentials"}
    form |= {name: credentials[name] for name in ("client_id", "client_secret")}
    with httpx.Client(base_url=server.base_url) as http:
        token = http.post("/oauth2/token", data=form).json()["access_token"]
        http.get("/api/v1/apis", headers={"Authorization": f"Bearer {token}"})
        http.get(
            "/api/v1/apis", params={"access_token": token, "client_secret": credentials["client_secret"]}
        )
        http.post("/oauth2/introspect", data={**form, "token": token})
        http.post("/oauth2/token", data={**form, "client_secret": credentials["client_secret"][:-1]})
        assert http.get("/health/ready").json()["status"] == "ok"
    log = server.log
    assert "token_refused" in log
    assert "Traceback" not in log
    for secret in (
        credentials["client_secret"],
        credentials["client_secret"][:-1],
        token,
        token.split(".")[2],
    ):
        assert secret not in log
