"""Run the real server as a subprocess on loopback."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.support.general_rules import assert_general_rules

START_SECONDS = 60.0


def free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class RunningServer:
    """Run `claimsmith serve` until stopped."""

    def __init__(self, data: Path, **options: Any) -> None:
        """Prepare a server on `data`; options become `--option value` (underscores become dashes)."""
        self.data = data
        self.port = int(options.pop("port", 0)) or free_port()
        self.scheme = "https" if options.get("tls_cert") else "http"
        self.verify: Any = options.pop("verify", True)
        self.options = options
        self.log_path = data.parent / f"{data.name}-server.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        """Return the address of the server."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """Return what the server wrote so far."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def command(self, *words: str) -> list[str]:
        """Return a claimsmith command line."""
        return [sys.executable, "-m", "claimsmith", *words]

    def start(self) -> "RunningServer":
        """Start and wait until the server is ready."""
        words = ["serve", "--data", str(self.data), "--host", "127.0.0.1", "--port", str(self.port)]
        for name, value in self.options.items():
            words += [f"--{name.replace('_', '-')}", str(value)]
        environ = {key: value for key, value in os.environ.items() if not key.startswith("CLAIMSMITH_")}
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(*words), stdout=log, stderr=subprocess.STDOUT, env=environ
            )
        try:
            self._wait()
        except BaseException:
            self.kill()
            raise
        return self

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process is not None
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.log}")
            try:
                ready = httpx.get(f"{self.base_url}/health/ready", verify=self.verify).status_code == 200
                if ready and self._listens():
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"the server was not ready in {START_SECONDS} s:\n{self.log}")

    def _listens(self) -> bool:
        """Tell whether this server holds the port, rather than another that answers on it."""
        assert self.process is not None
        parent = psutil.Process(self.process.pid)
        for process in (parent, *parent.children(recursive=True)):
            try:
                held = process.net_connections(kind="tcp")
            except psutil.Error:
                continue  # a child that has just ended
            if any(each.status == psutil.CONN_LISTEN and each.laddr.port == self.port for each in held):
                return True
        return False

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another claimsmith command on the same data directory."""
        where = ["--data", str(self.data)]
        if "database_url" in self.options:
            where += ["--database-url", str(self.options["database_url"])]
        return subprocess.run(
            self.command(*words, *where), capture_output=True, text=True, timeout=60, check=False
        )

    def bootstrap(self) -> dict[str, Any]:
        """Return fresh management credentials."""
        done = self.run("bootstrap", "--json")
        assert done.returncode == 0, done.stderr
        made: dict[str, Any] = json.loads(done.stdout)
        return made

    def management(self) -> httpx.Client:
        """Return a client that holds a management token with every scope."""
        made = self.bootstrap()
        answer = httpx.post(
            f"{self.base_url}/oauth2/token",
            data={"grant_type": "client_credentials", **made["management"]},
            verify=self.verify,
        )
        assert answer.status_code == 200, answer.text
        bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return httpx.Client(
            base_url=f"{self.base_url}/api/v1",
            headers=bearer,
            verify=self.verify,
            timeout=30,
            event_hooks={"response": [assert_general_rules]},
        )

    def stop(self, wait_seconds: float = 25.0) -> int:
        """End the server with SIGTERM and return its exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(wait_seconds)
        self.process = None
        return code

    def kill(self) -> None:
        """End the server with SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)
        self.process = None

    def __enter__(self) -> "RunningServer":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
