"""Every configuration object is reached by a command, through the use cases that the other edges call."""

import json
from pathlib import Path
from typing import Any

import pytest

import claimsmith
from claimsmith.cli.program import COMMANDS
from tests.support.command_line import CommandLine, Outcome, here

OPENAPI = """
openapi: 3.1.0
info: {title: Orders, version: "1"}
paths: {}
components:
  securitySchemes:
    oauth:
      type: oauth2
      flows:
        clientCredentials:
          tokenUrl: https://id.example.com/oauth2/token
          scopes: {"read:orders": See orders., "write:orders": Change orders.}
"""
NO_SSO_BUTTON = (
    "has_sign_in_with_sso_button cannot be true: there are no enterprise connections that such a button "
    "could lead to. Leave it false."
)


def names(rows: list[dict[str, Any]], member: str) -> list[Any]:
    return [row[member] for row in rows]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("application", "show", "nobody"),
            "There is no application with the id or name 'nobody'. To see them: claimsmith application list",
        ),
        (("application", "create", "x", "--type", "tv"), "type is 'tv'; use reg, spa, m2m or device."),
        (
            ("api", "show", "nothing"),
            "There is no API with the id, audience or name 'nothing'. To see them: claimsmith api list",
        ),
        (("flag", "set", "absent", "true"), "There is no feature flag 'absent'."),
        (
            ("property", "values"),
            "Say whose value: give one of --application, --organization and --user.",
        ),
        (
            ("property", "set", "x", "y", "--organization", "org_1", "--user", "ada"),
            "Say whose value: give one of --application, --organization and --user.",
        ),
        (
            ("flag", "set", "x", "true", "--organization", "org_1", "--user", "ada"),
            "Say for whom: give --organization or --user, not both.",
        ),
        (
            ("flag", "clear", "x", "--user", "ada"),
            "There is no user with the id, address or username 'ada'. To see them: claimsmith user list",
        ),
        (("property", "delete", "absent", "--yes"), "There is no property 'absent'. To see them: "),
        (("organization", "show", "org_absent"), "There is no organization 'org_absent'."),
        (
            ("keys", "rotate", "--algorithm", "HS256"),
            "'HS256' is no algorithm that signs here; use RS256, ES256 or EdDSA.",
        ),
        (
            ("environment", "add", "x", "--issuer", "ftp://x"),
            "The issuer 'ftp://x' is not an http or https URL.",
        ),
        (("organization", "create", "x", "--set", "colour=red"), "'colour' is no member that can be set; "),
        (("organization", "create", "x", "--set", "name"), "--set 'name' has no value; write name=value."),
        (
            ("role", "permissions", "list", "none"),
            "There is no role 'none'. To see them: claimsmith role list",
        ),
        (("member", "list", "org_none"), "There is no organization 'org_none'."),
        (("member", "add", "org_none", "kim@orchard.test"), "There is no user with the id, address or "),
        (("policy", "show", "none"), "There is no policy 'none'; there are access, protection, "),
        (
            ("policy", "set", "refresh", "--set", "grace_seconds=soon"),
            "grace_seconds is 'soon'; use a whole ",
        ),
        (("usage", "--from", "yesterday"), "from is 'yesterday'; write a day as 2026-01-31."),
    ],
)
def test_refusal_names_the_value_and_the_remedy(
    shared_cli: CommandLine, words: tuple[str, ...], sentence: str
):
    outcome = shared_cli(*words)
    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr.startswith(f"Error: {sentence}")
    assert outcome.stderr.count("\n") == 1


def test_application_from_birth_to_death(cli: CommandLine):
    made = cli.json("application", "create", "Robot", "--type", "m2m")
    assert set(made) == {"client_id", "name", "type", "client_secret"}
    client_id = made["client_id"]
    cli.json("application", "set", "Robot", "--set", "name=Arm", "--set", "access_token_lifetime=600")
    assert cli.json("token", "profile", "show", "--application", "Arm")["lifetime_seconds"] == 600
    added = cli.json("application", "secrets", "add", client_id, "--name", "second", "--expires-in", "3600")
    rotated = cli.json("application", "secrets", "rotate", client_id, added["id"])
    assert rotated["client_secret"] != added["client_secret"]
    assert cli("application", "secrets", "revoke", client_id, rotated["id"], "--yes").code == 0
    assert names(cli.json("application", "secrets", "list", client_id), "name") == ["First secret"]
    shown = cli.json("application", "show", client_id)
    assert (shown["name"], shown["type"], shown["apis"]) == ("Arm", "m2m", {})
    assert cli("application", "delete", client_id, "--yes").code == 0
    assert cli.json("application", "list") == []


def test_web_application_and_the_roles_that_may_use_it(cli: CommandLine):
    made = cli.json("application", "create", "Shop", "--type", "reg")
    role = cli.json("role", "create", "Admin", "--key", "admin")
    assert cli("application", "roles", "add", "Shop", role["id"]).code == 0
    assert names(cli.json("application", "roles", "list", "Shop"), "key") == ["admin"]
    words = ["--set", "redirect_uris=https://shop.example.com/a,https://shop.example.com/b"]
    cli.json("application", "set", "Shop", *words, "--set", "is_access_control_enabled=true")
    refused = cli("application", "set", "Shop", "--set", "has_sign_in_with_sso_button=true")
    assert (refused.code, refused.stderr) == (1, f"Error: {NO_SSO_BUTTON}\n")
    cli.json("application", "set", "Shop", "--set", "has_sign_in_with_sso_button=false")
    shown = cli.json("application", "show", made["client_id"])
    assert shown["has_sign_in_with_sso_button"] is False
    assert shown["redirect_uris"] == ["https://shop.example.com/a", "https://shop.example.com/b"]
    assert shown["is_access_control_enabled"] is True
    assert cli.json("role", "set", role["id"], "--set", "name=Chief")["name"] == "Chief"
    assert cli("role", "delete", role["id"], "--yes").code == 0
    assert cli.json("role", "list") == []


def test_api_its_scopes_and_who_may_use_it(cli: CommandLine, tmp_path: Path):
    application = cli.json("application", "create", "Robot")["client_id"]
    words = ["--audience", "https://orders.example.com", "--scope", "read:orders"]
    api = cli.json("api", "create", "Orders", *words)
    assert (api["signing_algorithm"], api["token_shape"], api["scopes"]) == (
        "RS256",
        "platform",
        ["read:orders"],
    )
    assert cli("api", "set", "Orders", "--set", "token_shape=at+jwt").code == 0
    cli.json("api", "scopes", "add", "Orders", "write:orders", "--description", "Change orders.")
    cli.json("api", "scopes", "describe", "Orders", "read:orders", "See orders.")
    refused = cli("api", "authorize", "Orders", "Robot", "--scope", "delete:orders")
    assert refused.stderr == (
        "Error: The API 'Orders' has no scope 'delete:orders'; it has: read:orders, write:orders.\n"
    )
    cli.json("api", "authorize", "Orders", "Robot", "--all-scopes")
    cli.json("api", "revoke", "https://orders.example.com", application, "--scope", "write:orders")
    assert cli.json("application", "show", "Robot")["apis"] == {"https://orders.example.com": ["read:orders"]}
    (tmp_path / "openapi.yaml").write_text(OPENAPI)
    imported = cli.json("api", "import", "Orders", str(tmp_path / "openapi.yaml"))
    assert (imported["filename"], imported["title"]) == ("openapi.yaml", "Orders")
    assert names(cli.json("api", "scopes", "imports", "Orders"), "id") == [imported["id"]]
    assert cli("api", "scopes", "delete-import", "Orders", imported["id"], "--yes").code == 0
    assert cli("api", "scopes", "delete", "Orders", "write:orders", "--yes").code == 0
    assert names(cli.json("api", "scopes", "list", "Orders"), "key") == ["read:orders"]
    cli.json("api", "revoke", "Orders", "Robot")
    assert cli.json("api", "show", api["id"])["applications"] == {}
    assert cli("api", "delete", "Orders", "--yes").code == 0
    assert names(cli.json("api", "list"), "is_management_api") == [True]


def test_file_that_cannot_be_read_is_named(cli: CommandLine, tmp_path: Path):
    cli.json("api", "create", "Orders", "--audience", "https://orders.example.com")
    outcome = cli("api", "import", "Orders", str(tmp_path / "absent.yaml"))
    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr == f"Error: {tmp_path / 'absent.yaml'}: No such file or directory.\n"


def test_flag_and_who_overrides_it(cli: CommandLine):
    cli.json("flag", "create", "Limit", "--key", "limit", "--type", "int", "--default", "5")
    organization = cli.json("organization", "create", "Acme", "--flag", "limit=9")["code"]
    cli.json("flag", "set", "limit", "7")
    [flag] = cli.json("flag", "list")
    assert (flag["value"], flag["level"], flag["default_value"]) == (7, "environment", 5)
    [flag] = cli.json("flag", "list", "--organization", organization)
    assert (flag["value"], flag["level"]) == (9, "organization")
    cli.json("flag", "clear", "limit", "--organization", organization)
    cli.json("flag", "set", "limit", "8", "--organization", organization)
    cli.json("flag", "clear", "limit")
    assert cli.json("flag", "change", "limit", "--set", "default_value=6")["value"] == 6
    assert "use true or false" not in cli("flag", "set", "limit", "many").stderr
    assert cli("flag", "delete", "limit", "--yes").code == 0
    assert cli.json("flag", "list") == []


def test_property_and_its_values(cli: CommandLine):
    cli.json("application", "create", "Robot")
    category = cli.json("property", "category", "create", "Billing", "--of", "app")
    cli.json("property", "category", "rename", category["id"], "Costs")
    made = cli.json("property", "create", "Cost center", "--key", "cost", "--category", category["id"])
    assert (made["context"], made["is_private"], made["category_id"]) == ("app", False, category["id"])
    cli.json("property", "set", "cost", "CC-1", "--application", "Robot")
    assert names(cli.json("property", "values", "--application", "Robot"), "value") == ["CC-1"]
    assert cli.json("property", "change", "cost", "--private")["is_private"] is True
    cli.json("property", "clear", "cost", "--application", "Robot")
    assert names(cli.json("property", "values", "--application", "Robot"), "value") == [None]
    assert cli("property", "delete", "cost", "--yes").code == 0
    assert cli.json("property", "list", "--of", "app") == []


def test_organization(cli: CommandLine):
    made = cli.json("organization", "create", "Acme", "--set", "handle=acme", "--set", "is_enforce_mfa=true")
    code = made["code"]
    assert (made["handle"], made["is_enforce_mfa"]) == ("acme", True)
    changed = cli.json("organization", "set", code, "--set", "handle=", "--set", "is_suspended=true")
    assert (changed["handle"], changed["is_suspended"]) == (None, True)
    cli.json("property", "set", "kp_org_city", "Bern", "--organization", code)
    values = cli.json("property", "values", "--organization", code)
    assert {row["key"]: row["value"] for row in values}["kp_org_city"] == "Bern"
    assert cli("organization", "delete", code, "--yes").code == 0
    assert names(cli.json("organization", "list"), "is_default") == [True]


def test_user_overrides_a_flag_and_has_properties(cli: CommandLine):
    user = cli.json("user", "create", "--email", "ada@example.com", "--username", "ada")["id"]
    cli.json("flag", "create", "Limit", "--key", "limit", "--type", "int", "--default", "5")
    for name, value in ((user, "6"), ("ADA@example.com", "7"), ("ada", "8")):
        assert cli.json("flag", "set", "limit", value, "--user", name)["user_id"] == user
        [flag] = cli.json("flag", "list", "--user", name)
        assert (flag["value"], flag["level"]) == (int(value), "user")
    assert cli.json("flag", "clear", "limit", "--user", "ada")["user_id"] == user
    assert cli.json("flag", "list", "--user", "ada") == []

    def city() -> object:
        rows = cli.json("property", "values", "--user", "ada@example.com")
        return {row["key"]: row["value"] for row in rows}["kp_usr_city"]

    cli.json("property", "set", "kp_usr_city", "Bern", "--user", "ada")
    assert city() == "Bern"
    cli.json("property", "clear", "kp_usr_city", "--user", user)
    assert city() is None


def test_environments_are_apart(cli: CommandLine):
    cli.json("application", "create", "Robot")
    made = cli.json("environment", "add", "staging", "--issuer", "http://127.0.0.1:8000/staging")
    assert made["management_audience"] == "http://127.0.0.1:8000/staging/api"
    assert names(cli.json("environment", "list"), "code") == ["production", "staging"]
    assert cli.json("application", "list", "--environment", "staging") == []
    management = cli.json("bootstrap", "--environment", "staging")
    assert management["issuer"] == "http://127.0.0.1:8000/staging"
    taken = cli("environment", "add", "staging", "--issuer", "http://127.0.0.1:8000/other")
    assert taken.stderr == "Error: An environment 'staging' exists.\n"


def test_keys_rotate(cli: CommandLine):
    [old] = cli.json("keys", "list")
    [new] = cli.json("keys", "rotate", "--publish-ahead", "60")
    states = {row["kid"]: row["state"] for row in cli.json("keys", "list")}
    assert states == {old["kid"]: "signing", new["kid"]: "published"}


def test_person_sees_a_table_and_lines(cli: CommandLine):
    cli.json("flag", "create", "Dark mode", "--key", "dark_mode", "--default", "true")
    table = cli("flag", "list")
    assert [line.split() for line in table.stdout.splitlines()] == [
        ["key", "name", "type", "value", "level", "allow", "override", "level"],
        ["dark_mode", "Dark", "mode", "bool", "true", "default", "usr"],
    ]
    assert cli("flag", "delete", "dark_mode", "--yes").stderr == "Deleted the flag 'dark_mode'.\n"
    nothing = cli("flag", "list")
    assert (nothing.code, nothing.stdout) == (0, "")
    assert nothing.stderr.startswith("No flag yet. Make one: claimsmith flag create ")


def test_markup_in_names_is_only_text(cli: CommandLine):
    cli.json("application", "create", "[bold]Robot[/bold]")
    assert "[bold]Robot[/bold]" in cli("application", "list").stdout


def test_every_command_has_help():
    whole = here("--help")
    assert (whole.code, whole.stderr) == (0, "")
    for name in COMMANDS:
        assert f" {name} " in whole.stdout
        own = here(name, "--help")
        assert own.code == 0
        assert f"Usage: claimsmith {name} " in own.stdout


def test_paragraphs_of_help_are_broken_by_the_terminal_alone(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    lines = [line.strip() for line in here("demo", "--help").stdout.splitlines()]
    first = lines.index("Starts a server on SQLite in a fresh directory and a free port of this")
    assert lines[first + 1 : first + 5] == [
        "machine, sets everything up through the management API, verifies both tokens",
        "and prints them side by side. Then serves until Ctrl-C. The directory is",
        "removed at the end, unless --data names one.",
        "",
    ]


def test_version():
    assert here("--version") == Outcome(0, f"claimsmith {claimsmith.__version__}\n", "")


def test_json_is_json_everywhere(shared_cli: CommandLine):
    for words in (("application", "list"), ("api", "list"), ("organization", "list"), ("keys", "list")):
        assert isinstance(json.loads(shared_cli(*words, "--json").stdout), list)
