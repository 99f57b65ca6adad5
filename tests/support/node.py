"""Run scripts with packages of npm, installed once from their lock, by the Node.js that the lock brings."""

import fcntl
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "clients" / "node"
PROGRAMS = Path(sys.executable).parent


@cache
def install() -> Path:
    """Return the command of Node.js after installing the locked packages."""
    lock, stamp = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".installed"
    with lock.open("rb") as locked:
        # Of several test processes one installs, and the others wait.
        fcntl.flock(locked, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
            words = ["ci", "--omit-lockfile-registry-resolved", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(
                [PROGRAMS / "npm", *words],
                cwd=FOLDER,
                capture_output=True,
                text=True,
                timeout=110,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            stamp.write_bytes(lock.read_bytes())
    return PROGRAMS / "node"


def packages() -> Path:
    """Return the folder of the installed packages."""
    install()
    return FOLDER / "node_modules"


def run(script: str, step: str, **given: Any) -> Any:
    """Run one step of a script, which takes and prints JSON."""
    done = subprocess.run(
        [install(), script, step, json.dumps(given)],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
