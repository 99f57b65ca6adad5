"""A command that is advised works as it is printed: with the installation and environment that were given."""

import shlex
from pathlib import Path

import pytest

from claimsmith.cli.advice import GIVEN, again
from claimsmith.cli.commands import Common
from tests.support.command_line import CommandLine, here


def advised(text: str, after: str) -> list[str]:
    """Return the words of a command that a text advises."""
    line = text.partition(after)[2].splitlines()[0]
    return shlex.split(line)[1:]


@pytest.mark.parametrize(
    ("given", "command", "expected"),
    [
        (None, "role list", "claimsmith role list"),
        (Common(), "role list", "claimsmith role list"),
        (
            Common(data=Path("my data"), environment="test"),
            "role list",
            "claimsmith role list --data 'my data' --environment test",
        ),
        (Common(config=Path("c.toml"), environment="test"), "serve", "claimsmith serve --config c.toml"),
        (
            Common(database_url="postgresql://db.example.com/one"),
            "migrate",
            "claimsmith migrate --database-url postgresql://db.example.com/one",
        ),
        (
            Common(database_url="postgresql://ann:hidden@db.example.com/one"),
            "migrate",
            "claimsmith migrate --database-url URL",
        ),
        (
            Common(database_url="postgresql://db.example.com/one?password=hidden"),
            "migrate",
            "claimsmith migrate --database-url URL",
        ),
    ],
)
def test_options_are_repeated(given, command, expected):
    token = GIVEN.set(given)
    try:
        assert again(command) == expected
    finally:
        GIVEN.reset(token)


def test_what_is_advised_is_about_the_same_installation(cli: CommandLine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cli.json("environment", "add", "test", "--issuer", "https://id.example.com/test")
    where = ("--data", str(cli.data), "--environment", "test")
    refused = here("application", "show", "nobody", *where)
    assert refused.code == 1
    assert here(*advised(refused.stderr, "To see them: ")).code == 0
    made = here("application", "create", "Robot", *where)
    assert made.code == 0
    words = ["urn:orders" if each == "API" else each for each in advised(made.stderr, "Next: ")]
    assert here("api", "create", "Orders", "--audience", "urn:orders", *where).code == 0
    assert here(*words).code == 0
