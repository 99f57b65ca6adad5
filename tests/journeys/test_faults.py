"""SIGTERM drains, and `kill -9` loses no change that was acknowledged."""

import threading
import time

import httpx
import pytest

from tests.journeys.test_staleness import Load, configure
from tests.support.server import RunningServer


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_drains(tmp_path, workers):
    """R-11: every request that was begun is answered, and the exit code is 0."""
    server = RunningServer(tmp_path / "data", workers=workers).start()
    with server.management() as management:
        credentials = configure(management)
    with Load(server, credentials) as load:
        time.sleep(1.0)
        assert server.stop() == 0
        load.stopping.set()
    refused = ("ConnectError", "Connection refused", "ConnectionResetError")
    unexpected = [failure for failure in load.failures if not failure.startswith(refused)]
    assert unexpected == []
    assert len(load.issued) > 10


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


@pytest.mark.slow
def test_second_worker_start_on_the_same_port_says_what_to_do(tmp_path):
    with RunningServer(tmp_path / "one") as server:
        second = RunningServer(tmp_path / "two", port=server.port)
        with pytest.raises(AssertionError, match="port"):
            second.start()
