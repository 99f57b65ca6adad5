import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.support.ca import Authority
from tests.support.command_line import CommandLine
from tests.support.server import RunningServer

MOST_RSS_BYTES = 120 * 1024 * 1024


def lines(server: RunningServer) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log.splitlines()]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Return a server that the tests which do not end it share."""
    with RunningServer(tmp_path_factory.mktemp("serve") / "data") as server:
        yield server


def test_start_says_where_everything_is(running: RunningServer):
    [starting] = [line for line in lines(running) if line["event"] == "starting"]
    assert {key: starting[key] for key in ("issuer", "address", "data", "workers", "console")} == {
        "issuer": running.base_url,
        "address": running.base_url,
        "data": str(running.data),
        "workers": 1,
        "console": f"run: claimsmith console-link --data {running.data}",
    }


def test_data_directory_is_for_its_owner_alone(running: RunningServer):
    assert running.data.stat().st_mode & 0o777 == 0o700
    assert (running.data / "master.key").stat().st_mode & 0o777 == 0o600


def test_process_is_small(running: RunningServer):
    assert running.process is not None
    assert psutil.Process(running.process.pid).memory_info().rss < MOST_RSS_BYTES


def test_no_server_header_and_a_date(running: RunningServer):
    answer = httpx.get(f"{running.base_url}/health/live")
    assert "server" not in answer.headers
    assert "date" in answer.headers


def test_forwarded_headers_are_not_believed_by_the_http_server(running: RunningServer):
    spoofed = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    answer = httpx.get(f"{running.base_url}/.well-known/openid-configuration", headers=spoofed)
    assert answer.json()["token_endpoint"] == f"{running.base_url}/oauth2/token"


def test_second_server_on_the_same_port_is_refused(running: RunningServer):
    outcome = running.run("serve", "--port", str(running.port))
    assert (outcome.returncode, outcome.stdout) == (1, "")
    assert outcome.stderr.startswith(f"Error: Cannot listen on 127.0.0.1 port {running.port}: ")


def test_link_opens_the_console_once(running: RunningServer):
    outcome = running.run("console-link")
    assert (outcome.returncode, outcome.stderr) == (0, "")
    url = outcome.stdout.strip()
    assert url.startswith(f"{running.base_url}/console/link?token=")


def test_ctrl_c_is_no_failure(tmp_path: Path):
    server = RunningServer(tmp_path / "data").start()
    assert server.process is not None
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(30) == 0
    assert lines(server)[-1]["event"].startswith("Finished server process")


def test_several_workers_share_the_socket_and_drain_together(tmp_path: Path):
    server = RunningServer(tmp_path / "data", workers=2)
    with server:
        assert server.process is not None
        workers = wait_for_workers(server, 2)
        assert all(psutil.Process(pid).memory_info().rss < MOST_RSS_BYTES for pid in workers)
        for pid in workers:
            environ = psutil.Process(pid).environ()
            assert not [name for name in environ if name.startswith("CLAIMSMITH_")]
        made = server.bootstrap()
        for _ in range(10):
            answer = httpx.post(
                f"{server.base_url}/oauth2/token",
                data={"grant_type": "client_credentials", **made["management"]},
            )
            assert answer.status_code == 200, answer.text
        assert server.stop() == 0
        assert not [pid for pid in workers if psutil.pid_exists(pid)]


def wait_for_workers(server: RunningServer, count: int) -> list[int]:
    """Return the process ids of the workers once each has started to serve."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        started = [line["event"] for line in lines(server) if "startup complete" in line["event"]]
        if len(started) >= count:
            events = [line["event"] for line in lines(server)]
            return [int(event.split("[")[1][:-1]) for event in events if event.startswith("Started server")]
        time.sleep(0.1)
    raise AssertionError(server.log)


@pytest.mark.parametrize("workers", [1, 2])
def test_metrics_have_a_port_of_their_own(tmp_path: Path, free_port: int, workers: int):
    server = RunningServer(tmp_path / "data", workers=workers)
    environ = {**os.environ, "CLAIMSMITH_METRICS_PORT": str(free_port)}
    words = server.command(
        "serve", "--data", str(server.data), "--port", str(server.port), "--workers", str(workers)
    )
    with server.log_path.open("wb") as log:
        process = subprocess.Popen(words, stderr=log, env=environ)
    server.process = process
    try:
        server._wait()
        made = server.bootstrap()["management"]
        form = {"grant_type": "client_credentials", **made}
        for _ in range(3):
            assert httpx.post(f"{server.base_url}/oauth2/token", data=form).status_code == 200
        metrics = httpx.get(f"http://127.0.0.1:{free_port}/metrics").text
        assert "claimsmith_tokens_issued_total 3.0\n" in metrics
        assert httpx.get(f"{server.base_url}/metrics").status_code == 404
    finally:
        assert server.stop() == 0


def test_tls(tmp_path: Path, authority: Authority):
    certificate, key = authority.issue("127.0.0.1")
    server = RunningServer(tmp_path / "data", tls_cert=certificate, tls_key=key, verify=authority.trust())
    with server:
        answer = httpx.get(f"{server.base_url}/health/ready", verify=authority.trust())
        assert answer.status_code == 200
        assert server.base_url.startswith("https://")


def test_derived_issuer_follows_the_address(tmp_path: Path):
    assert CommandLine(tmp_path / "data").json("bootstrap")["issuer"] == "http://127.0.0.1:8000"
    with RunningServer(tmp_path / "data") as server:
        url = f"{server.base_url}/.well-known/openid-configuration"
        assert httpx.get(url).json()["issuer"] == server.base_url


def test_start_up_without_anything_to_migrate_loads_no_migrations(tmp_path: Path):
    # Alembic costs memory; neither a new database nor one that is up to date needs it.
    code = (
        "import sys; from claimsmith.opening import prepare_now;"
        "from claimsmith.settings import read_settings;"
        f"prepare_now(read_settings({{'data': {str(tmp_path / 'data')!r}}}, environ={{}}));"
        "print('alembic' in sys.modules)"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        for _ in range(2)
    ]
    assert runs == ["False", "False"]
