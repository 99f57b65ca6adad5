"""Find the examples of a document and run them in order, as a reader would.

A fenced block is run by its language:

- `sh`: by bash, in an empty directory that the document shares; what it sets stays set. It must succeed.
- `sh serve`: the same in the background, until `/health/ready` answers; ended with the document.
- `python`: by this Python, in the same directory.
- `text`: what the `sh` or `python` block right before it prints, where `...` stands for anything.
- `json`: must be JSON. `toml`: must be settings that a server takes.

After a comment `<!-- file: NAME -->` a block of any language is written to that file instead of being run.
A comment `<!-- not run: REASON -->` keeps a block from being run; `REASONS` are those that are good.
There is no other way to show code: `unseen` finds what would escape.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from claimsmith.settings import read_settings
from tests.support.server import free_port

ROOT = Path(__file__).resolve().parents[2]
REASONS = frozenset(
    {
        "needs another machine",  # an address of the public, another program's configuration
        "runs for long",  # it ends when somebody ends it, or runs the suite that this is a part of
        "needs root",  # it writes where only root may
    }
)
RUN = ("sh", "python")
FENCE = re.compile(
    r"(?:<!-- (?P<mark>file|not run): (?P<value>[^>]+?) -->\n+)?^```(?P<language>[^\n]*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
RUN_SECONDS = 60


@dataclass(frozen=True)
class Example:
    """Hold one fenced block."""

    language: str
    text: str
    line: int
    file: str | None = None
    reason: str | None = None
    follows_directly: bool = False


def documents() -> list[Path]:
    """Return every document whose examples are run."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def examples(document: Path) -> list[Example]:
    """Return the examples of a document in their order."""
    return list(_examples(document.read_text(encoding="utf-8")))


def unseen(document: Path) -> list[str]:
    """Return the code of a document that is no example, and the output that no example prints."""
    text = document.read_text(encoding="utf-8")
    left = FENCE.sub("", text)
    found = [
        f"code outside a block: {line}" for line in re.findall(r"^[ \t]*(?:```|~~~).*", left, re.MULTILINE)
    ]
    found += [f"indented code: {line}" for line in re.findall(r"^\n(?: {4}|\t)(.*)", left, re.MULTILINE)]
    before: Example | None = None
    for example in _examples(text):
        alone = example.file is None and example.reason is None
        if example.language == "text" and alone and (before is None or not printed_by(before, example)):
            found.append(f"line {example.line}: output of nothing")
        before = example
    return found


def printed_by(example: Example, after: Example | None) -> str | None:
    """Return what an example has to print: the `text` block right after it."""
    if example.language not in RUN or example.file is not None or example.reason is not None:
        return None
    if after is None or not after.follows_directly or after.file is not None or after.reason is not None:
        return None
    return after.text if after.language == "text" else None


def _examples(text: str) -> Iterator[Example]:
    end = 0
    for found in FENCE.finditer(text):
        value = found["value"]
        before, end = text[end : found.start()], found.end()
        yield Example(
            found["language"].strip(),
            found["text"],
            text.count("\n", 0, found.start("language")) + 1,
            file=value if found["mark"] == "file" else None,
            reason=value if found["mark"] == "not run" else None,
            follows_directly=not before.strip(),
        )


class Reader:
    """Do what a document says, in an empty directory and on ports of its own.

    `127.0.0.1:8000`, the server, and 9100, its metrics, become ports that are free. Variables that a document
    expects its reader to have are given: `POSTGRES_URL`, and for TLS `CERT`, `KEY` and `AUTHORITY`.
    """

    def __init__(self, directory: Path, port: int, **variables: str) -> None:
        """Prepare; `variables` are added to the environment of what is run."""
        self.directory = directory
        self.port = port
        self.metrics_port = free_port()
        self._servers: list[subprocess.Popen[bytes]] = []
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CLAIMSMITH_")}
        self._environment = {
            **kept,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",
            "CLAIMSMITH_PORT": str(port),
            "COLUMNS": "110",
            "NO_COLOR": "1",
            **variables,
        }
        self._environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self._saved = directory / ".variables"
        self._saved.write_text("")

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.send_signal(signal.SIGTERM)
        for server in self._servers:
            server.wait(30)

    def follow(self, example: Example, expected: str | None) -> None:
        """Do one example."""
        if example.reason is not None:
            assert example.reason in REASONS, f"{example.reason} is no reason not to run an example"
            return
        text = self._moved(example.text)
        if example.language == "json":
            json.loads(text)
        elif example.language == "toml":
            self._settings(text)
        if example.file is not None:
            (self.directory / example.file).write_text(text)
        elif example.language in RUN:
            printed = self._run(text if example.language == "sh" else self._script(text))
            if expected is not None:
                agree(self._moved(expected), printed)
        elif example.language == "sh serve":
            self._serve(text)
        else:
            assert example.language in ("json", "text", "toml"), f"unknown language {example.language!r}"

    def _script(self, text: str) -> str:
        (self.directory / "example.py").write_text(text)
        return "python example.py"

    def _settings(self, text: str) -> None:
        path = self.directory / ".settings.toml"
        path.write_text(text)
        read_settings({}, config=path, environ={})

    def _moved(self, text: str) -> str:
        ports = {"127.0.0.1:8000": f"127.0.0.1:{self.port}", "9100": str(self.metrics_port)}
        return re.sub("|".join(map(re.escape, ports)), lambda found: ports[found[0]], text)

    def _run(self, text: str) -> str:
        """Run commands; what they set is there for the next ones."""
        script = f"set -euo pipefail\nset -a\n. {self._saved}\n{text}\nexport -p > {self._saved}\n"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.directory,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{text}\nended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _serve(self, text: str) -> None:
        log = self.directory / f"server-{len(self._servers)}.log"
        script = f"set -a\n. {self._saved}\nexec {text.strip()}"
        with log.open("wb") as output:
            self._servers.append(
                subprocess.Popen(
                    ["bash", "-c", script],
                    cwd=self.directory,
                    env=self._environment,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            )
        deadline = time.monotonic() + RUN_SECONDS
        scheme = "https" if "--tls-cert" in text else "http"
        while True:
            try:
                if httpx.get(f"{scheme}://127.0.0.1:{self.port}/health/ready", verify=False).is_success:
                    return
            except httpx.TransportError:
                pass
            assert self._servers[-1].poll() is None, log.read_text()
            assert time.monotonic() < deadline, f"not ready: {text}"
            time.sleep(0.05)


def agree(expected: str, printed: str) -> None:
    """Compare what a document says is printed with what was; runs of white space count as one."""
    pattern = r"\s+".join(".*?".join(map(re.escape, word.split("..."))) for word in expected.split())
    assert re.fullmatch(pattern, printed.strip(), re.DOTALL), f"expected:\n{expected}\nprinted:\n{printed}"
