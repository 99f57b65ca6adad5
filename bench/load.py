"""Drive a token endpoint from the other core, with wrk or, where that is missing, a generator of our own."""

import json
import resource
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol
from urllib.parse import urlencode

from bench.processes import LOAD_CORE, ROOT, Running, pinned

CONNECTIONS = 16
SCRIPT = Path(__file__).with_name("token.lua")


class Loadable(Protocol):
    """Be what a generator can load. `given` is what its command reads."""

    @property
    def url(self) -> str:
        """Return the address that messages name."""
        ...

    @property
    def given(self) -> bytes:
        """Return what the command is given on its standard input."""
        ...

    def command(self, seconds: float) -> list[str]:
        """Return the command that loads it for some seconds."""
        ...

    @property
    def is_flooded(self) -> bool:
        """Tell whether more passwords than are hashed are to come in meanwhile."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """Name a token endpoint and the form to post to it.

    `rotate` is the number of stored applications to take turns over (0: the one in the form);
    `random` picks them at random instead of in turns.
    """

    url: str
    form: Mapping[str, str]
    rotate: int = 0
    random: bool = False

    @property
    def body(self) -> str:
        """Return the form as it goes over the wire."""
        return urlencode(self.form)

    @property
    def given(self) -> bytes:
        """Return nothing: the command line says it all."""
        return b""

    @property
    def is_flooded(self) -> bool:
        """Tell that nothing else comes in."""
        return False

    def command(self, seconds: float) -> list[str]:
        """Return the command that loads this for some seconds."""
        return command(self, seconds)


@dataclass(frozen=True, slots=True)
class Round:
    """Hold what one round showed.

    `cpu_share` is how much of its core the server used, `generator_share` how much of its own the generator
    used (1.0: all of it); a server well below 1.0 was disturbed, or the generator was the limit.
    """

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_share: float
    generator_share: float
    cpu_microseconds: float
    refused: float = 0
    """How many password sign-ins beside the load were told to come again, for the hashing queue was full."""


def generator() -> str:
    """Name the generator that will be used."""
    return "wrk" if shutil.which("wrk") else "bench.generator"


def command(target: Target, seconds: float, connections: int = CONNECTIONS) -> list[str]:
    """Return the command that loads a target for some seconds."""
    rotation = [str(target.rotate), "random" if target.random else "turns"] if target.rotate else []
    if generator() == "wrk":
        script = str(SCRIPT.relative_to(ROOT))
        run = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}", "--latency", "-s", script]
        return pinned(LOAD_CORE, [*run, target.url, "--", target.body, *rotation])
    run = [sys.executable, "-m", "bench.generator", str(connections), str(seconds)]
    return pinned(LOAD_CORE, [*run, target.url, target.body, *rotation])


def shown(target: Target, seconds: float) -> str:
    """Return the command as it may be published: without the client secret, and without local paths."""
    masked = replace(target, form={**target.form, "client_secret": "SECRET"})
    return shlex.join(command(masked, seconds)).replace(sys.executable, "python")


def run(server: Running, target: Loadable, seconds: float) -> Round:
    """Load a target for some seconds; raise `SystemExit` when any answer was not the one it deserves."""
    before, at = server.cpu_seconds(), time.perf_counter()
    own_before = _children_seconds()
    done = subprocess.run(  # the command is ours
        target.command(seconds), cwd=ROOT, input=target.given, capture_output=True, check=False
    )
    elapsed = time.perf_counter() - at
    spent, own = server.cpu_seconds() - before, _children_seconds() - own_before
    found = _result(done, target)
    requests = found["requests"]
    return Round(
        rate=requests / found["seconds"],
        p50_ms=found["p50_ms"],
        p99_ms=found["p99_ms"],
        cpu_share=spent / elapsed,
        generator_share=own / elapsed,
        cpu_microseconds=spent / requests * 1e6,
        refused=found.get("refused", 0),
    )


def insist_on_flood(target: Loadable, seen: Round) -> None:
    """Raise `SystemExit` when nobody was refused though the hashing queue was to be full: it was not."""
    if target.is_flooded and not seen.refused:
        raise SystemExit(
            f"bench: while {target.url} was loaded, no password sign-in was refused; the hashing queue was "
            "never full, and the round says nothing. Raise FLOOD in bench/people.py."
        )


def _result(done: subprocess.CompletedProcess[bytes], target: Loadable) -> dict[str, float]:
    for line in done.stdout.decode().splitlines():
        if line.startswith("RESULT "):
            found: dict[str, float] = json.loads(line.removeprefix("RESULT "))
            break
    else:
        raise SystemExit(f"bench: the generator failed on {target.url}: {done.stderr.decode().strip()}")
    if found["wrong"] or found["broken"] or not found["requests"]:
        raise SystemExit(
            f"bench: {target.url} gave {found['wrong']:.0f} wrong answers and {found['broken']:.0f} broken "
            f"connections in {found['requests']:.0f} requests. {done.stderr.decode().strip()}"
        )
    return found


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
