"""Run the server of the demo as a process of its own, and end it at the end."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from claimsmith.cli.failures import CommandFailed

HOST = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 30.0
LAST_LINES = 15


class DemoServer:
    """Serve a directory on a free port of loopback while inside."""

    def __init__(self, directory: Path) -> None:
        """Choose a port; nothing starts yet."""
        self._directory = directory
        self._log = directory / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self.url = f"http://{HOST}:{self.port}"

    def __enter__(self) -> Self:
        """Start the server and wait until it is ready. Raises `CommandFailed` when it does not get there."""
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        words = ["serve", "--data", str(self._directory), "--host", HOST, "--port", str(self.port)]
        # The demo is to be the same everywhere, so no setting of this shell takes part in it.
        environ = {name: value for name, value in os.environ.items() if not name.startswith("CLAIMSMITH_")}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - this very program
                [sys.executable, "-m", "claimsmith", *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environ,
                start_new_session=True,  # Ctrl-C is for the demo, which then ends its server
            )
        try:
            self._wait_until_ready(self._process)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the server."""
        self._end()

    def wait(self) -> int:
        """Wait until the server ends by itself; return its exit code."""
        return self._process.wait() if self._process else 0

    def last_lines(self) -> str:
        """Return the end of the server's log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-LAST_LINES:])

    def _wait_until_ready(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise CommandFailed(f"The server did not start:\n{self.last_lines()}")
            try:
                if httpx.get(f"{self.url}/health/ready", trust_env=False).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise CommandFailed(f"The server was not ready in {START_SECONDS:.0f} seconds:\n{self.last_lines()}")

    def _end(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port
