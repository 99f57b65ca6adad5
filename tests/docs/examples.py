"""Find the examples of a document and run them in order, as a reader would.

A fenced block is run by its language:

- `sh`: by bash, in an empty directory that the document shares; what it sets stays set. It must succeed.
- `sh serve`: the same in the background, until `/health/ready` answers; ended with the document.
- `sh serve 5000`: the same for an application of the reader's, until it listens on that port.
- `python`: by this Python, in the same directory.
- `text`: what the `sh` or `python` block right before it prints, where `...` stands for anything; or what
  the page shows that a sentence right before it opens (`visits.py`).
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
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx

from claimsmith.settings import read_settings
from tests.docs.visits import SENTENCE, Go, by_http, read_visit
from tests.support.application import wait_until_open
from tests.support.server import free_port

ROOT = Path(__file__).resolve().parents[2]
REASONS = frozenset(
    {
        "needs npm's registry",  # what it installs is there, from a lock
        "needs another machine",  # an address of the public, another program's configuration
        "runs for long",  # it ends when somebody ends it, or runs the suite that this is a part of
        "needs root",  # it writes where only root may
    }
)
RUN = ("sh", "python", "visit")
APPLICATION_PORTS = ("5000", "5001")
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
    fences = list(FENCE.finditer(text))
    sentences = [
        each
        for each in SENTENCE.finditer(text)
        if not any(fence.start() < each.start() < fence.end() for fence in fences)
    ]
    end = 0
    for found in sorted([*fences, *sentences], key=lambda each: each.start()):
        before, end = text[end : found.start()], found.end()
        line = text.count("\n", 0, found.start()) + 1
        if found.re is SENTENCE:
            yield Example("visit", found[0], line)
            continue
        value = found["value"]
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

    `127.0.0.1:8000`, the server, 9100, its metrics, and the ports of applications become ports that are free.
    Variables that a document expects its reader to have are given: `POSTGRES_URL`, and for TLS `CERT`, `KEY`
    and `AUTHORITY`.
    """

    def __init__(
        self,
        directory: Path,
        port: int,
        browser: Callable[[ExitStack], Go] = by_http,
        **variables: str,
    ) -> None:
        """Prepare; `variables` are added to the environment of what is run."""
        self.directory = directory
        self.port = port
        self._ports = {"9100": free_port(), **{each: free_port() for each in APPLICATION_PORTS}}
        self._leaving = ExitStack()
        self._browser = browser
        self._go: Go | None = None
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
        self._leaving.close()
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
            printed = self._printed(example.language, text)
            if expected is not None:
                agree(self._moved(expected), printed)
        elif example.language == "sh serve":
            self._serve(text)
        elif example.language.removeprefix("sh serve ") in APPLICATION_PORTS:
            self._serve(text, self._ports[example.language.removeprefix("sh serve ")])
        else:
            assert example.language in ("json", "text", "toml"), f"unknown language {example.language!r}"

    def _printed(self, language: str, text: str) -> str:
        if language != "visit":
            return self._run(text if language == "sh" else self._script(text))
        if self._go is None:
            self._go = self._browser(self._leaving)
        return self._go(read_visit(text))

    def _script(self, text: str) -> str:
        (self.directory / "example.py").write_text(text)
        return "python example.py"

    def _settings(self, text: str) -> None:
        path = self.directory / ".settings.toml"
        path.write_text(text)
        read_settings({}, config=path, environ={})

    def _moved(self, text: str) -> str:
        moved = re.sub(r"127\.0\.0\.1:8000", f"127.0.0.1:{self.port}", text)
        pattern = "|".join(self._ports)
        # A number is a port where it is written as one; 9100 is nothing else.
        where = r"(?<=127\.0\.0\.1:)|(?<=--port )|(?<=http\.server )|(?=9100)"
        return re.sub(f"(?:{where})(?:{pattern})", lambda found: str(self._ports[found[0]]), moved)

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

    def _serve(self, text: str, port: int | None = None) -> None:
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
        if port is not None:
            wait_until_open(port, self._servers[-1], log)
            return
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
