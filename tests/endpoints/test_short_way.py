"""The short way and the ordinary way of a token request give the same answers."""

import contextlib
import json
import re
import socket
from urllib.parse import urlencode

import pytest

from tests.journeys.test_staleness import claims_of, configure
from tests.support.server import RunningServer


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with RunningServer(tmp_path_factory.mktemp("short") / "data") as server:
        with server.management() as management:
            credentials = configure(management)
        yield server, credentials


def form_of(credentials, **changes):
    form = {
        "grant_type": "client_credentials",
        "client_id": credentials["client_id"],
        "client_secret": credentials["client_secret"],
    }
    return urlencode({**form, **changes}).encode()


def request_of(server, body, **headers):
    lines = {
        "Host": f"127.0.0.1:{server.port}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST /oauth2/token HTTP/1.1\r\n{head}\r\n".encode() + body


def exchange(server, parts, answers=1):
    """Send parts one by one and read as many answers."""
    found = []
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            connection.sendall(part)
            connection.settimeout(0.15)
            with contextlib.suppress(TimeoutError):
                connection.recv(1, socket.MSG_PEEK)
        connection.settimeout(10)
        data = b""
        while len(found) < answers:
            data += connection.recv(65_536)
            while (end := data.find(b"\r\n\r\n")) >= 0:
                length = int(re.search(rb"content-length: (\d+)", data[:end])[1])
                if len(data) < end + 4 + length:
                    break
                found.append((data[:end], data[end + 4 : end + 4 + length]))
                data = data[end + 4 + length :]
    return found


def comparable(answer):
    """Leave out what differs between any two answers."""
    head, body = answer
    head = re.sub(rb"(date|x-request-id|content-length): [^\r]*", rb"\1", head)
    parsed = json.loads(body)
    if "access_token" in parsed:
        claims = claims_of(parsed.pop("access_token"))
        parsed["claims"] = {
            name: value for name, value in claims.items() if name not in ("iat", "exp", "jti")
        }
    return sorted(head.split(b"\r\n")), parsed


def test_whole_parted_and_first_requests_get_the_same_answer(running):
    server, credentials = running
    whole = request_of(server, form_of(credentials))
    first = exchange(server, [whole])[0]
    again = exchange(server, [whole])[0]
    parted = exchange(server, [whole[:40], whole[40:-20], whole[-20:]])[0]
    assert comparable(first) == comparable(again) == comparable(parted)
    assert first[0].startswith(b"HTTP/1.1 200 OK")


def test_known_request_in_parts_gets_the_same_answer_wherever_it_is_cut(running):
    server, credentials = running
    whole = request_of(server, form_of(credentials))
    known = [comparable(exchange(server, [whole])[0]) for _ in range(3)][-1]
    for cut in (1, 20, len(whole) // 2, len(whole) - 1):
        assert comparable(exchange(server, [whole[:cut], whole[cut:]])[0]) == known


@pytest.mark.parametrize(
    "changed",
    [
        lambda whole: whole.replace(b"HTTP/1.1", b"HTTP/1.0", 1),
        lambda whole: whole.replace(b"Host:", b"Connection: close\r\nHost:", 1),
        lambda whole: whole.replace(b"Host:", b"Connection: upgrade\r\nUpgrade: h2c\r\nHost:", 1),
        lambda whole: whole.replace(b"POST", b"PUT", 1),
        lambda whole: whole.replace(b"/oauth2/token", b"/oauth2/token?a=b", 1),
        lambda whole: whole.replace(b"127.0.0.1", b"127.0.0.9", 1),
        lambda whole: whole.replace(b"x-www-form-urlencoded", b"json", 1),
    ],
)
def test_likeness_of_a_known_request_is_answered_as_by_the_ordinary_way(running, changed):
    """In parts a request always goes the ordinary way."""
    server, credentials = running
    whole = request_of(server, form_of(credentials))
    known = [exchange(server, [whole])[0] for _ in range(3)][-1]
    assert known[0].startswith(b"HTTP/1.1 200 OK")
    other = changed(whole)
    assert other != whole
    ordinary = comparable(exchange(server, [other[:40], other[40:-20], other[-20:]])[0])
    for _ in range(3):
        assert comparable(exchange(server, [other])[0]) == ordinary


def test_client_that_waits_to_be_asked_for_the_body_is_asked_each_time(running):
    server, credentials = running
    body = form_of(credentials)
    head = request_of(server, b"", **{"Content-Length": str(len(body)), "Expect": "100-continue"})
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(head)
            assert connection.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(body)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200 OK\r\n")


def test_equal_body_for_another_host_gets_no_token_of_this_one(running):
    server, credentials = running
    whole = request_of(server, form_of(credentials))
    for _ in range(3):
        exchange(server, [whole])
    head, body = exchange(server, [request_of(server, form_of(credentials), Host="other.test")])[0]
    assert head.startswith(b"HTTP/1.1 404")
    assert json.loads(body)["error"] == "not_found"


def test_connections_that_ask_at_one_time_get_tokens_of_their_own(running):
    server, credentials = running
    whole = request_of(server, form_of(credentials))
    with contextlib.ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
            for _ in range(11)
        ]
        seen = set()
        for _ in range(5):
            for connection in connections:
                connection.sendall(whole)
            for connection in connections:
                data = connection.recv(65_536)
                assert data.startswith(b"HTTP/1.1 200 OK\r\n")
                seen.add(claims_of(json.loads(data.partition(b"\r\n\r\n")[2])["access_token"])["jti"])
    assert len(seen) == 5 * 11


def test_request_within_the_body_of_another_is_no_request(running):
    """Even when the outer one was answered before its body was read, and the inner one's bytes are known."""
    server, credentials = running
    known = request_of(server, form_of(credentials))
    for _ in range(3):
        exchange(server, [known])
    outer = request_of(server, b"", **{"Content-Length": str(20_000 + len(known))})
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(outer + b"x" * 19_000)
        data = connection.recv(65_536)
        assert data.startswith(b"HTTP/1.1 413")
        with contextlib.suppress(OSError):
            connection.sendall(known)
            data += connection.recv(65_536)
        assert data.count(b"HTTP/1.1") == 1
        assert b"access_token" not in data


def test_body_in_chunks_gets_the_same_answer_each_time(running):
    server, credentials = running
    body = form_of(credentials)
    head = request_of(server, b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    whole = head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    answers = [comparable(exchange(server, [whole])[0]) for _ in range(3)]
    assert answers == [comparable(exchange(server, [request_of(server, body)])[0])] * 3


def test_pipelined_requests_are_answered_in_order(running):
    server, credentials = running
    good = request_of(server, form_of(credentials))
    bad = request_of(server, form_of(credentials, scope="unknown:scope"))
    statuses = [head[:12] for head, _ in exchange(server, [good + bad + good + good], answers=4)]
    assert statuses == [b"HTTP/1.1 200", b"HTTP/1.1 400", b"HTTP/1.1 200", b"HTTP/1.1 200"]


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, b"401", "invalid_client"),
        ({"grant_type": "password"}, b"400", "unsupported_grant_type"),
        ({"audience": "https://unknown.test"}, b"400", "unauthorized_client"),
        ({"scope": "unknown:scope"}, b"400", "invalid_scope"),
    ],
)
def test_refusals_are_the_same_on_either_way(running, changes, status, error):
    server, credentials = running
    whole = request_of(server, form_of(credentials, **changes))
    at_once = exchange(server, [whole])[0]
    parted = exchange(server, [whole[:-10], whole[-10:]])[0]
    assert comparable(at_once) == comparable(parted)
    assert at_once[0].split()[1] == status
    assert json.loads(at_once[1])["error"] == error


def test_connection_that_asks_to_be_closed_is_closed(running):
    server, credentials = running
    whole = request_of(server, form_of(credentials), Connection="close")
    head, body = exchange(server, [whole])[0]
    assert b"connection: close" in head.lower()
    assert "access_token" in json.loads(body)


def test_a_lookalike_path_is_no_token_endpoint(running):
    server, credentials = running
    whole = request_of(server, form_of(credentials)).replace(b"/oauth2/token", b"/elsewhere/oauth2/token")
    head, _ = exchange(server, [whole])[0]
    assert head.startswith(b"HTTP/1.1 404")


def test_oversize_body_is_refused(running):
    server, _ = running
    head, _ = exchange(server, [request_of(server, b"a=" + b"x" * 16_384)])[0]
    assert head.startswith(b"HTTP/1.1 413")
