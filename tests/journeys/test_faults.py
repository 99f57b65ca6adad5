"""SIGTERM drains, and `kill -9` loses no change that was acknowledged."""

import signal
import socket
import threading
import time
from urllib.parse import urlencode

import httpx
import pytest

from tests.journeys.test_staleness import configure
from tests.support.server import RunningServer


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_drains(tmp_path, workers):
    """R-11: requests that were begun are answered after SIGTERM, then the exit code is 0."""
    server = RunningServer(tmp_path / "data", workers=workers).start()
    with server.management() as management:
        credentials = configure(management)
    form = urlencode(
        {
            "grant_type": "client_credentials",
            "client_id": credentials["client_id"],
            "client_secret": credentials["client_secret"],
        }
    ).encode()
    begun = [begin(server.port, form) for _ in range(6)]
    time.sleep(0.3)
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    for connection in begun:
        connection.sendall(form[10:])
        answer = b""
        while part := connection.recv(65_536):
            answer += part
        assert answer.startswith(b"HTTP/1.1 200 OK"), answer
        assert b'"access_token"' in answer
        connection.close()
    assert server.stop() == 0


def begin(port: int, form: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=15)
    head = (
        f"POST /oauth2/token HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
    )
    connection.sendall(head.encode() + form[:10])
    return connection


@pytest.mark.slow
def test_kill_9_loses_no_acknowledged_write(tmp_path):
    """R-01: what was acknowledged before the kill is there after it."""
    data = tmp_path / "data"
    acknowledged: list[str] = []
    for round_number in range(4):
        server = RunningServer(data).start()
        management = server.management()
        known = {each["id"] for each in listed(management)}
        assert known.issuperset(acknowledged)
        writer = threading.Thread(target=write, args=(management, round_number, acknowledged))
        writer.start()
        time.sleep(0.4 + round_number * 0.13)
        server.kill()
        writer.join(20)
        management.close()
    with RunningServer(data) as server, server.management() as management:
        assert {each["id"] for each in listed(management)}.issuperset(acknowledged)
    assert len(acknowledged) > 20


def write(management: httpx.Client, round_number: int, acknowledged: list[str]) -> None:
    for number in range(1_000):
        body = {"name": f"Robot {round_number} {number}", "type": "m2m"}
        try:
            answer = management.post("/applications", json=body)
        except httpx.TransportError:
            return
        if answer.status_code == 201:
            acknowledged.append(answer.json()["application"]["id"])


def listed(management: httpx.Client) -> list[dict]:
    found: list[dict] = []
    token = None
    while True:
        parameters = {"page_size": 500} | ({"next_token": token} if token else {})
        page = management.get("/applications", params=parameters).json()
        found += page["applications"]
        token = page["next_token"]
        if token is None:
            return found
