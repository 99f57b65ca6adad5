"""Run scripts with packages of npm, installed once from their lock."""

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "clients" / "node"
MISSING = "Node.js and npm are missing, so clients from npm are not tried: install nodejs and npm."


@cache
def install() -> str:
    """Return the command of Node.js after installing the locked packages; without it, skip, or fail in CI."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        if os.environ.get("CI", "").lower() in ("true", "1"):
            pytest.fail(MISSING, pytrace=False)
        pytest.skip(MISSING)
    lock, stamp = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".installed"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        words = ["ci", "--omit-lockfile-registry-resolved", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(
            [npm, *words], cwd=FOLDER, capture_output=True, text=True, timeout=110, check=False
        )
        assert done.returncode == 0, done.stderr
        stamp.write_bytes(lock.read_bytes())
    return node


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
