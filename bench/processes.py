"""Start measured processes on a chosen core, read what they cost, and stop them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVER_CORE = 0
LOAD_CORE = 1
_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")


def can_pin() -> bool:
    """Tell whether processes can be pinned: there are two cores and `taskset`."""
    return shutil.which("taskset") is not None and (os.cpu_count() or 1) > 1


def pinned(core: int, command: Sequence[str]) -> list[str]:
    """Return the command that runs another command on one core."""
    return ["taskset", "-c", str(core), *command] if can_pin() else list(command)


def free_port() -> int:
    """Return a TCP port on loopback that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Memory:
    """Hold memory in bytes: `worker` is the largest process's peak resident set, `total` the sum of all."""

    worker: int
    total: int
    processes: int


class Running:
    """Hold one started process (and what it started itself)."""

    def __init__(self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path) -> None:
        """Start the command on the servers' core, with its output in a log file."""
        self.log = log
        self.started_at = time.perf_counter()
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # the command is ours
                pinned(SERVER_CORE, command),
                cwd=cwd,
                env={**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_listening(self, port: int, *, seconds: float = 60) -> None:
        """Wait until a port answers; raise `SystemExit` with the log's end when the process dies first."""
        while time.perf_counter() - self.started_at < seconds:
            self.check_alive()
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(0.005)
            else:
                return
        raise SystemExit(f"bench: nothing listens on port {port} after {seconds:.0f} s.\n{self.log_end()}")

    def check_alive(self) -> None:
        """Raise `SystemExit` with the log's end when the process is no longer there."""
        if self._process.poll() is not None:
            raise SystemExit(
                f"bench: {self._process.args!r} ended with {self._process.returncode}.\n{self.log_end()}"
            )

    def log_end(self) -> str:
        """Return the last lines the process wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def cpu_seconds(self) -> float:
        """Return the processor time that the process and its descendants have used."""
        return sum(_cpu_seconds(pid) for pid in self._pids())

    def spread(self, cores: set[int]) -> None:
        """Let every thread of the process and its descendants run on these cores."""
        if not can_pin():
            return
        for pid in self._pids():
            for task in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(task.name), cores)

    def memory(self) -> Memory:
        """Return what the process and its descendants occupy."""
        peaks = [peak for pid in self._pids() if (peak := _peak_resident_bytes(pid))]
        return Memory(worker=max(peaks, default=0), total=sum(peaks), processes=len(peaks))

    def stop(self) -> None:
        """Ask the process to end, and end it after ten seconds."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

    def _pids(self) -> list[int]:
        pids = [self._process.pid]
        for pid in pids:
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                pids.extend(int(child) for child in _read(task).split())
        return pids


def run_python(module: str, arguments: Sequence[str], *, core: int, given: bytes = b"") -> str:
    """Run one module of this room on a core to its end and return what it printed."""
    done = subprocess.run(  # the command is ours
        pinned(core, [sys.executable, "-m", module, *arguments]),
        cwd=ROOT,
        input=given,
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _cpu_seconds(pid: int) -> float:
    after_name = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) * _TICK_SECONDS if after_name else 0.0


def _peak_resident_bytes(pid: int) -> int:
    for line in _read(Path(f"/proc/{pid}/status")).splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
