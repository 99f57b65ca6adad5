"""Run claimsmith commands, as processes of their own or, where many are needed, in this one."""

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from claimsmith.cli.program import run


@dataclass
class Outcome:
    """Hold what a command left behind."""

    code: int
    stdout: str
    stderr: str

    @property
    def data(self) -> Any:
        """Return the JSON that was printed by a command that did what was asked."""
        assert self.code == 0, self.stderr
        return json.loads(self.stdout)


def process(
    *words: str, environ: dict[str, str] | None = None, stdin: str = "", cwd: Path | None = None
) -> Outcome:
    """Run a command as a process of its own, without a terminal."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("CLAIMSMITH_")}
    done = subprocess.run(
        [sys.executable, "-m", "claimsmith", *words],
        env={**clean, **(environ or {})},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        cwd=cwd,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def here(*words: str) -> Outcome:
    """Run a command in this process."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with (
        patch.object(sys, "argv", ["claimsmith", *words]),
        contextlib.redirect_stdout(stdout),
        contextlib.redirect_stderr(stderr),
    ):
        code = run()
    return Outcome(code, stdout.getvalue(), stderr.getvalue())


class CommandLine:
    """Run commands on one data directory in this process."""

    def __init__(self, data: Path) -> None:
        """Take the data directory."""
        self.data = data

    def __call__(self, *words: str) -> Outcome:
        """Run one command with `--data`."""
        return here(*words, "--data", str(self.data))

    def json(self, *words: str) -> Any:
        """Run one command with `--json` and return what it prints."""
        return self(*words, "--json").data
