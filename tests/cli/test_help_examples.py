"""Every group and the most used commands end their help with an example, and each example works."""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from claimsmith.cli.commands import EXAMPLE
from claimsmith.cli.program import app
from tests.support.command_line import CommandLine, here, process
from tests.support.operator_plans import SAMPLE
from tests.support.server import RunningServer

MOST_USED = (
    "serve",
    "demo",
    "bootstrap",
    "migrate",
    "doctor",
    "console-link",
    "application create",
    "api create",
    "api authorize",
    "token preview",
    "token explain",
    "perform client-credentials",
    "flag set",
    "usage",
)
APART = ("serve", "demo", "migrate", "perform")
"""What needs more than a data directory to show itself."""
LONGEST = 110


def entries(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name in group.list_commands(None):
        found = group.get_command(None, name)
        yield " ".join((*path, name)), found
        if hasattr(found, "list_commands"):
            yield from entries(found, (*path, name))


ENTRIES = dict(entries(typer.main.get_command(app)))
EXAMPLES = {name: each.epilog.removeprefix(EXAMPLE) for name, each in ENTRIES.items() if each.epilog}


def words_of(name: str) -> list[str]:
    """Return the words of an example as the shell would give them to the program."""
    return shlex.split(os.path.expandvars(EXAMPLES[name]))[1:]


def test_every_group_and_the_most_used_commands_have_one():
    groups = [name for name, each in ENTRIES.items() if hasattr(each, "list_commands")]
    assert [name for name in (*groups, *MOST_USED) if name not in EXAMPLES] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_shows_the_command_it_stands_under_and_is_seen_in_the_help(name: str):
    assert EXAMPLES[name].startswith(f"claimsmith {name} ")
    assert len(EXAMPLES[name]) <= LONGEST
    shown = " ".join(here(*name.split(), "--help").stdout.split())
    assert shown.endswith(f"{EXAMPLE}{EXAMPLES[name]}")


def test_they_work_one_after_the_other(cli: CommandLine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(cli.data.parent)
    monkeypatch.setenv("CLAIMSMITH_DATA", str(cli.data))
    Path("openapi.yaml").write_text("openapi: 3.1.0\ninfo: {}\npaths: {/orders: {get: {}}}\n")
    done = []
    for name in EXAMPLES:
        if name.split()[0] in APART:
            continue
        if "$SECRET_ID" in EXAMPLES[name]:
            [*_, secret] = here("application", "secrets", "list", "Robot", "--json").data
            monkeypatch.setenv("SECRET_ID", secret["id"])
        if "$ORGANIZATION" in EXAMPLES[name]:
            monkeypatch.setenv("ORGANIZATION", here("organization", "list", "--json").data[0]["code"])
        if name == "invitation":
            open_to_invitations()
        if name == "plan":
            monkeypatch.setenv("CLAIMSMITH_PLANS_FILE", str(SAMPLE))
        if "$USER_ID" in EXAMPLES[name]:
            monkeypatch.setenv("USER_ID", here("user", "list", "--json").data[0]["id"])
        outcome = here(*words_of(name))
        assert outcome.code == 0, f"{EXAMPLES[name]}\n{outcome.stderr}"
        done.append(name)
    assert len(done) > len(MOST_USED)


def open_to_invitations():
    """Name the application that invitations lead to, without which there are none."""
    site = here("application", "create", "Site", "--type", "reg", "--json").data["client_id"]
    for words in (
        ("application", "set", site, "--set", "login_uri=https://app.example.com/login"),
        ("policy", "set", "access", "--set", f"invite_application_id={site}"),
    ):
        outcome = here(*words)
        assert outcome.code == 0, outcome.stderr


def test_server_starts_and_a_client_gets_its_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_port: int
):
    words = words_of("serve")
    assert words == ["serve", "--data", "claimsmith-data", "--port", "8000"]
    with RunningServer(tmp_path / words[2], port=free_port) as server:
        cli = CommandLine(server.data)
        made = cli.json("application", "create", "Robot")
        cli.json("api", "create", "Orders", "--audience", "urn:orders", "--scope", "read:orders")
        assert cli("api", "authorize", "Orders", "Robot", "--all-scopes").code == 0
        monkeypatch.setenv("CLIENT_ID", made["client_id"])
        monkeypatch.setenv("CLAIMSMITH_CLIENT_SECRET", made["client_secret"])
        monkeypatch.setenv("CLAIMSMITH_PORT", str(server.port))
        for name in ("perform", "perform client-credentials"):
            outcome = here(*words_of(name))
            assert outcome.code == 0, outcome.stderr


def test_demo_ends_by_itself():
    assert process(*words_of("demo")).code == 0


def test_postgresql_is_migrated(empty_cli: CommandLine, postgres_url: str):
    *words, url = words_of("migrate")
    assert url == "postgresql://claimsmith@db.example.com/claimsmith"
    assert empty_cli(*words, postgres_url).code == 0
