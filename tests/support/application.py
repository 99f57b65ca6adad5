"""Run a web application of the tests, as its developer would: a process of its own, on loopback."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.support.server import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0


def wait_until_open(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until something accepts connections on a port of loopback, as long as its process lives."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        with socket.socket() as caller:
            if caller.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, log.read_text(errors="replace")
        assert time.monotonic() < deadline, f"nothing listens on {port}: {log.read_text(errors='replace')}"
        time.sleep(0.05)


class RunningApplication:
    """Run `python -m {module} {port}` until stopped."""

    def __init__(self, module: str, directory: Path) -> None:
        """Choose a port; the log goes into the directory."""
        self.module = module
        self.port = free_port()
        self._log = directory / f"{module.rpartition('.')[2]}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        """Return the address of the application."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, **environment: str) -> None:
        """Start with more variables in the environment, and wait until it listens."""
        words = [sys.executable, "-m", self.module, str(self.port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                words, cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            wait_until_open(self.port, self._process, self._log)
        except BaseException:
            self.stop()
            raise

    def visitor(self) -> httpx.Client:
        """Return a new browser in front of the application, which follows nothing by itself."""
        return httpx.Client(
            base_url=self.base_url, timeout=30, limits=httpx.Limits(max_keepalive_connections=0)
        )

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(20)
            self._process = None
