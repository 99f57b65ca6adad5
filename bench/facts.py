"""Collect what a figure is worth nothing without: the machine, the versions, the commit."""

import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cryptography.hazmat.backends.openssl import backend

from bench.load import generator
from bench.peer_server import installed_version, node_command
from bench.processes import ROOT, can_pin

_PACKAGES = ("claimsmith", "cryptography", "joserfc", "orjson", "starlette", "uvicorn", "uvloop", "httptools")
PEER_NEEDS_NODE = 22


def collect() -> dict[str, Any]:
    """Return the facts of this machine and this tree."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "pinned": can_pin(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": f"{platform.system()} {platform.release()}",
        "load_average_at_start": [round(value, 2) for value in os.getloadavg()],
        "python": platform.python_version(),
        "openssl_of_cryptography": backend.openssl_version_text(),
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
        "node": _output(node_command(), "-p", "process.version"),
        "openssl_of_node": _output(node_command(), "-p", "process.versions.openssl"),
        "oidc_provider": installed_version(),
        "generator": generator(),
        "commit": _commit(),
    }


def peer_runtime_problem(facts: dict[str, Any]) -> str | None:
    """Say when oidc-provider runs on a Node.js that it does not support, which makes it look slower."""
    node = str(facts["node"] or "")
    major = node.lstrip("v").partition(".")[0]
    if not major.isdigit() or int(major) >= PEER_NEEDS_NODE:
        return None
    return (
        f"oidc-provider supports Node.js {PEER_NEEDS_NODE} and later, and is faster there; it ran on {node}. "
        "Set BENCH_NODE to the path of a newer node for the fair figure."
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _output(*command: str) -> str | None:
    if shutil.which(command[0]) is None:
        return None
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)  # ours
    return done.stdout.decode().strip() or None


def _commit() -> str | None:
    commit = _output("git", "rev-parse", "--verify", "--quiet", "HEAD")
    if commit and _output("git", "status", "--porcelain", "--", "src", "bench", ":!bench/results"):
        return f"{commit} with changes"
    return commit
