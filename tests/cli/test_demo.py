import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.command_line import process

SCOPES = ["read:orders", "write:orders"]


def test_directory_that_holds_something_is_refused(tmp_path: Path):
    (tmp_path / "file").touch()
    outcome = process("demo", "--once", "--data", str(tmp_path))
    assert (outcome.code, outcome.stdout, outcome.stderr) == (
        1,
        "",
        f"Error: {tmp_path} is not empty; the demo begins with an empty directory.\n",
    )


def test_story_is_printed_and_nothing_is_left(tmp_path: Path):
    outcome = process("demo", "--once", environ={"TMPDIR": str(tmp_path), "COLUMNS": "80"})
    assert (outcome.code, outcome.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []
    text = outcome.stdout
    assert "\x1b" not in text
    told = [
        "A server on SQLite in a fresh directory: http://127.0.0.1:",
        "The API Orders with two scopes: read:orders, write:orders",
        "A feature flag: express_checkout = true",
        "A property of the application: cost_center = CC-1207",
        "A preview of the switch, nothing saved: it would add: permissions",
        "Switched on, and a token after: verified against the JWKS",
        '  + permissions: ["read:orders", "write:orders"]',
        "The switch 'Include API scopes in the permissions claim' is off.",
        "1 added, as the preview foretold.",
        "/console/link?token=",
        "  -d grant_type=client_credentials",
        "  -d audience=https://orders.example.com",
    ]
    positions = [text.index(each) for each in told]
    assert positions == sorted(positions)
    unbreakable = ("/console/link?token=", "--data ")
    whole = [line for line in text.splitlines() if not any(each in line for each in unbreakable)]
    assert max(len(line) for line in whole) <= 80


def test_commands_it_prints_can_be_pasted_where_it_was_started(tmp_path: Path):
    program = Path(sys.executable).with_name("claimsmith")
    environ = {**os.environ, "PATH": "/usr/bin:/bin", "COLUMNS": "80"}
    kept = tmp_path / "a directory"
    words = [f"./{program.name}", "demo", "--once", "--data", str(kept)]
    done = subprocess.run(words, cwd=program.parent, env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.endswith(
        "The server has ended (--once), so nothing above can be asked any more.\n"
        "To look around while it serves\n"
        "./claimsmith demo\n"
    )
    receipt = done.stdout[
        done.stdout.index("./claimsmith token preview") : done.stdout.index("\n\nThe server")
    ]
    pasted = subprocess.run(
        receipt, shell=True, cwd=program.parent, env=environ, capture_output=True, text=True, check=True
    )
    assert "these are the granted scopes" in " ".join(pasted.stdout.split())


def test_tokens_differ_by_one_claim_and_it_runs_with_settings_around(tmp_path: Path):
    # Settings of the shell are for servers of one's own; one that is misspelt would even stop a start.
    around = {"CLAIMSMITH_PORT": "1", "CLAIMSMITH_ISSUER": "https://id.example.com"}
    outcome = process("demo", "--once", "--json", "--data", str(tmp_path / "kept"), environ=around)
    story = outcome.data
    before, after = story["before"]["claims"], story["after"]["claims"]
    assert sorted(after.keys() - before.keys()) == ["permissions"] == story["foreseen"]["added"]
    assert after["permissions"] == SCOPES == before["scp"] == after["scp"]
    assert before["feature_flags"] == {"express_checkout": {"t": "b", "v": True}}
    assert before["application_properties"] == {"cost_center": {"v": "CC-1207"}}
    assert {name for name in before if before[name] != after[name]} <= {"iat", "exp", "jti"}
    assert story["console"].startswith(f"{story['issuer']}/console/link?token=")
    assert [story[each]["header"]["alg"] for each in ("before", "after")] == ["RS256", "RS256"]
    assert after["iss"] == story["issuer"]
    assert (tmp_path / "kept" / "claimsmith.db").exists()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let what is started here hear Ctrl-C, as at a terminal: tests in the background of a shell do not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_serves_until_it_is_interrupted(tmp_path: Path):
    environ = {key: value for key, value in os.environ.items() if not key.startswith("CLAIMSMITH_")}
    words = [sys.executable, "-m", "claimsmith", "demo"]
    out = tmp_path / "out"
    (tmp_path / "temporary").mkdir()
    with out.open("wb") as printed:
        demo = subprocess.Popen(
            words, stdout=printed, stderr=printed, env={**environ, "TMPDIR": str(tmp_path / "temporary")}
        )
    deadline = time.monotonic() + 90
    while "Serving until Ctrl-C." not in out.read_text() and time.monotonic() < deadline:
        assert demo.poll() is None, out.read_text()
        time.sleep(0.1)
    [server] = psutil.Process(demo.pid).children()
    demo.send_signal(signal.SIGINT)
    assert demo.wait(30) == 0
    assert not psutil.pid_exists(server.pid)
    assert list((tmp_path / "temporary").iterdir()) == []
    assert "Traceback" not in out.read_text()
