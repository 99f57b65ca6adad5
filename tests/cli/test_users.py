"""Users are made, shown, changed, suspended, given passwords, imported and deleted by commands."""

import io
import sys
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine


def test_user_from_birth_to_death(cli: CommandLine):
    words = ["--email", "Ada@example.com", "--username", "ada", "--phone", "+61 491 570 156"]
    made = cli.json("user", "create", *words, "--first-name", "Ada", "--provided-id", "1815")
    assert (made["email"], made["username"], made["phone"]) == ("Ada@example.com", "ada", "+61491570156")
    assert len(made["organizations"]) == 1
    for name in (made["id"], "ADA@example.com", "ADA"):
        assert cli.json("user", "show", name) == made
    changed = cli.json("user", "change", "ada", "--set", "last_name=Lovelace", "--set", "provided_id=")
    assert (changed["last_name"], changed["provided_id"]) == ("Lovelace", None)
    assert cli.json("user", "suspend", "ada")["is_suspended"] is True
    assert cli.json("user", "suspend", "ada", "--restore")["is_suspended"] is False
    assert [each["id"] for each in cli.json("user", "list")] == [made["id"]]
    assert cli("user", "delete", "ada").code == 1
    assert cli("user", "delete", "ada", "--with-traces", "--yes").code == 0
    assert cli.json("user", "list") == []


def test_user_of_one_organization(cli: CommandLine):
    code = cli.json("organization", "create", "Acme")["code"]
    made = cli.json("user", "create", "--email", "bob@example.com", "--organization", code)
    assert made["organizations"] == [code]


def test_password_is_read_from_standard_input(cli: CommandLine, monkeypatch: pytest.MonkeyPatch):
    cli.json("user", "create", "--email", "ada@example.com")
    monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery\n"))
    done = cli("user", "set-password", "ada@example.com", "--temporary")
    assert (done.code, "correct horse" in done.stdout + done.stderr) == (0, False)
    monkeypatch.setattr(sys, "stdin", io.StringIO("password\n"))
    refused = cli("user", "set-password", "ada@example.com")
    assert refused.code == 1
    assert refused.stderr.startswith("Error: The password is one of those that are tried first")


def test_import_tells_what_became_of_each_line(cli: CommandLine, tmp_path: Path):
    file = tmp_path / "users.ndjson"
    file.write_text('{"id": "7"}\n\nnot JSON\n{"id": "7"}\n{"surname": "x"}\n')
    rows = cli.json("user", "import", str(file))
    assert [(row["line"], row["outcome"]) for row in rows] == [
        (1, "imported"),
        (3, "refused"),
        (4, "there"),
        (5, "refused"),
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("show", "nobody"), "There is no user with the id, address or username 'nobody'. To see them: "),
        (("create", "--email", "nowhere"), "email is 'nowhere'; give an email address such as "),
        (("import", "absent.ndjson"), "absent.ndjson cannot be read as UTF-8 text: "),
    ],
)
def test_refusal_names_the_value_and_the_remedy(
    shared_cli: CommandLine, words: tuple[str, ...], sentence: str
):
    outcome = shared_cli("user", *words)
    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr.startswith(f"Error: {sentence}")


def test_what_a_user_allowed_is_listed_and_withdrawn(cli: CommandLine):
    user = cli.json("user", "create", "--email", "ada@example.com")["id"]
    shop = cli.json("application", "create", "Shop", "--type", "spa")["client_id"]
    assert cli.json("consent", "list", user) == []
    refused = cli("consent", "withdraw", user, "Shop", "--yes")
    assert (refused.code, "allowed the application" in refused.stderr) == (1, True)
    assert cli("consent", "list", "kp_" + "0" * 32).code == 1
    assert cli("consent", "withdraw", user, "Nowhere", "--yes").code == 1
    assert shop in refused.stderr
