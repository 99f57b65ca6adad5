"""Find the examples of a document and run them in order, as a reader would.

A fenced block is run by its language:

- `sh`: by one shell for the whole document, in an empty directory; it must succeed. A `text` block right
  after it is what it prints, where `...` stands for anything.
- `sh serve`: the same in the background, until `/health/ready` answers; ended with the document.
- `python`: by this Python, in the same directory. After a comment `<!-- file: NAME -->`, a block of any
  language is written to that file instead.
- `json`: must be JSON. `toml`: must be TOML.

A comment `<!-- not run: REASON -->` keeps a block from being run; `REASONS` are those that are good.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
REASONS = frozenset({"needs another machine", "runs for long", "needs root", "shown elsewhere"})
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


def printed_by(example: Example, after: Example | None) -> str | None:
    """Return what an example has to print: the `text` block right after it."""
    if example.language != "sh" or after is None or not after.follows_directly or after.file is not None:
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
    """Do what a document says, in an empty directory and on a port of its own."""

    def __init__(self, directory: Path, port: int, **variables: str) -> None:
        """Prepare; `variables` are added to the environment of what is run."""
        self.directory = directory
        self.port = port
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
        if example.file is not None:
            (self.directory / example.file).write_text(text)
        elif example.language == "sh":
            printed = self._run(text)
            if expected is not None:
                agree(self._moved(expected), printed)
        elif example.language == "sh serve":
            self._serve(text)
        elif example.language == "python":
            (self.directory / "example.py").write_text(text)
            self._run("python example.py")
        elif example.language == "json":
            json.loads(text)
        elif example.language == "toml":
            tomllib.loads(text)
        else:
            assert example.language in ("text", "http"), f"unknown language {example.language!r}"

    def _moved(self, text: str) -> str:
        return text.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}")

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
        script = f"set -a\n. {self._saved}\nexec {text.strip()} > {log} 2>&1"
        self._servers.append(
            subprocess.Popen(["bash", "-c", script], cwd=self.directory, env=self._environment)
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
