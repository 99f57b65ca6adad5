import shlex
from typing import Any

import pytest

from tests.support.command_line import CommandLine

AUDIENCE = "https://orders.example.com"
NO_ORGANIZATION = "This application belongs to no organization; register another one for an organization."


@pytest.fixture(scope="module")
def robot(shared_cli: CommandLine) -> CommandLine:
    """Return a command line on an installation with an application that may use an API."""
    shared_cli.json("application", "create", "Robot")
    shared_cli.json("api", "create", "Orders", "--audience", AUDIENCE, "--scope", "read:orders")
    shared_cli.json("api", "authorize", "Orders", "Robot", "--all-scopes")
    shared_cli.json("flag", "create", "Dark mode", "--key", "dark_mode", "--default", "true")
    return shared_cli


def preview(cli: CommandLine, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = cli.json("token", "preview", "--application", "Robot", *words)
    return found


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("--audience", "https://else.example.com"),
            "The application 'Robot' is not authorized for the audience https://else.example.com.",
        ),
        (("--scope", "write:orders"), "The scope write:orders is not enabled for this application"),
        (("--kind", "refresh"), "--kind is 'refresh'; use m2m, access or id."),
        (("--kind", "access"), "An application of type m2m gets no access tokens; it gets: m2m."),
        (("--set", "colour=red"), "'colour' is no member that can be set; those are: "),
        (("--set", "hasura_mapping=maybe"), "hasura_mapping is 'maybe'; use true or false."),
        (("--set", "lifetime_seconds=long"), "lifetime_seconds is 'long'; use a whole number."),
        (
            ("--set", "feature_flags=absent"),
            "There is no feature flag 'absent'; create it first or take it out.",
        ),
        (("--set", "additional_claims=sub"), "'sub' belongs to the protocol and cannot be asked for"),
    ],
)
def test_preview_refuses_what_would_be_refused(robot: CommandLine, words: tuple[str, ...], sentence: str):
    outcome = robot("token", "preview", "--application", "Robot", *words)
    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr.startswith(f"Error: {sentence}")


def test_application_has_to_be_named(robot: CommandLine):
    outcome = robot("token", "preview")
    assert (outcome.code, outcome.stdout) == (2, "")
    assert "Missing option '--application'" in outcome.stderr


def refusal(cli: CommandLine, *words: str) -> str:
    outcome = cli("token", "preview", "--application", "Robot", *words)
    assert (outcome.code, outcome.stdout) == (1, "")
    return outcome.stderr


def paste(cli: CommandLine, sentence: str) -> None:
    """Do what a sentence ends with, as somebody who copies it."""
    words = shlex.split(sentence.rpartition("claimsmith ")[2])
    done = cli(*words)
    assert done.code == 0, done.stderr


def test_application_without_an_api_is_told_the_command_that_authorizes_it(cli: CommandLine):
    robot, where = cli.json("application", "create", "Robot")["client_id"], f"--data {cli.data}"
    assert refusal(cli) == (
        "Error: The application 'Robot' is authorized for no API, so it gets no token. "
        f"Register an API first: claimsmith api create NAME --audience AUDIENCE --scope SCOPE {where}; then: "
        f"claimsmith api authorize AUDIENCE {robot} --all-scopes {where}\n"
    )
    cli.json("api", "create", "Orders", "--audience", "urn:orders", "--scope", "read:orders")
    sentence = refusal(cli)
    assert sentence == (
        "Error: The application 'Robot' is authorized for no API, so it gets no token. To authorize it: "
        f"claimsmith api authorize urn:orders {robot} --all-scopes {where}\n"
    )
    paste(cli, sentence)
    assert preview(cli)["claims"]["scope"] == "read:orders"


def test_audience_that_is_not_the_applications_is_told_the_commands_that_help(cli: CommandLine):
    robot, where = cli.json("application", "create", "Robot")["client_id"], f"--data {cli.data}"
    assert refusal(cli, "--audience", "urn:stock").endswith(
        "is not authorized for the audience urn:stock. Register an API first: "
        f"claimsmith api create NAME --audience urn:stock --scope SCOPE {where}; "
        f"then: claimsmith api authorize urn:stock {robot} --all-scopes {where}\n"
    )
    cli.json("api", "create", "Stock", "--audience", "urn:stock")
    paste(cli, refusal(cli, "--audience", "urn:stock"))
    cli.json("api", "create", "Orders", "--audience", "urn:orders")
    paste(cli, refusal(cli, "--audience", "urn:stock", "--audience", "urn:orders"))
    assert refusal(cli) == (
        "Error: The application 'Robot' is authorized for 2 APIs; say for which one the token is: "
        "--audience urn:orders or --audience urn:stock\n"
    )


def test_application_without_an_api_is_told_which_there_are(cli: CommandLine):
    robot, where = cli.json("application", "create", "Robot")["client_id"], f"--data {cli.data}"
    for name in "abcdefg":
        cli.json("api", "create", name, "--audience", f"urn:{name}")
    assert refusal(cli).endswith(
        f"claimsmith api authorize AUDIENCE {robot} --all-scopes {where}, where AUDIENCE is one of "
        "urn:a, urn:b, urn:c, urn:d, urn:e and 2 more.\n"
    )


def test_preview_of_unsaved_settings_says_what_they_change(robot: CommandLine):
    found = preview(robot, "--set", "include_api_scopes_in_permissions=true", "--set", "feature_flags=all")
    assert set(found) == {
        "header",
        "claims",
        "size_bytes",
        "bytes_by_claim",
        "budget_bytes",
        "trace",
        "omitted",
        "diff",
        "needs",
    }
    assert found["diff"] == {"added": ["feature_flags", "permissions"], "removed": [], "changed": []}
    assert found["claims"]["permissions"] == ["read:orders"]
    assert found["claims"]["feature_flags"] == {"dark_mode": {"t": "b", "v": True}}
    assert "permissions" not in preview(robot)["claims"]


def test_receipt_has_a_line_for_each_claim_and_a_total(robot: CommandLine):
    outcome = robot(
        "token", "preview", "--application", "Robot", "--set", "include_api_scopes_in_permissions=true"
    )
    assert (outcome.code, outcome.stderr) == (0, "")
    found = preview(robot, "--set", "include_api_scopes_in_permissions=true")
    lines = outcome.stdout.splitlines()
    for claim, count in found["bytes_by_claim"].items():
        mark = "+" if claim == "permissions" else " "
        [line] = [line for line in lines if line.startswith(f"{mark} {claim} ")]
        assert line.split()[-1] != "0"
        assert f" {count}  " in line
    assert f"Token: {found['size_bytes']} bytes, " in outcome.stdout
    assert " % of its budget of 4096 (payload " in outcome.stdout
    assert "Not in this token" in outcome.stdout
    assert '    To get it: Set feature_flags to "all" or to a list of keys' in outcome.stdout
    assert "+ added and ~ changed by settings that are not saved." in outcome.stdout


def test_token_over_its_budget_is_told(robot: CommandLine):
    outcome = robot("token", "preview", "--application", "Robot", "--set", "size_budget_bytes=256")
    assert " bytes over its budget of 256 (payload " in outcome.stdout


def test_explain_one_claim(robot: CommandLine):
    found = robot.json("token", "explain", "feature_flags", "--application", "Robot")
    assert found == {
        "trace": [],
        "omitted": [
            {
                "claim": "feature_flags",
                "source": "feature_flags",
                "because": "The token profile chooses no feature flags.",
                "fix": 'Set feature_flags to "all" or to a list of keys in the token profile.',
            }
        ],
    }
    drawn = robot("token", "explain", "feature_flags", "--application", "Robot").stdout
    assert drawn.startswith("Token: ")  # and no table without lines
    refused = robot("token", "explain", "colour", "--application", "Robot")
    assert (refused.code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Error: No rule speaks of a claim 'colour' here. It could be: iss, aud,")


def test_saved_profile_is_followed_and_what_is_not_given_stays(cli: CommandLine):
    cli.json("application", "create", "Robot")
    refused = cli("token", "profile", "set", "--application", "Robot")
    assert (refused.code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Error: Give at least one --set NAME=VALUE. Members are: ")
    cli.json("token", "profile", "set", "--application", "Robot", "--set", "lifetime_seconds=600")
    words = ["--set", "include_api_scopes_in_permissions=true", "--set", "feature_flags=all"]
    saved = cli.json("token", "profile", "set", "--application", "Robot", *words)
    assert saved.pop("updated_at")
    assert saved == {
        "application_id": cli.json("application", "list")[0]["id"],
        "kind": "m2m",
        "include_api_scopes_in_permissions": True,
        "additional_claims": [],
        "feature_flags": "all",
        "properties": [],
        "hasura_mapping": False,
        "lifetime_seconds": 600,
        "size_budget_bytes": 4096,
        "version": 2,
    }


def test_choices_name_what_blocks_each(robot: CommandLine):
    found = robot.json("token", "profile", "choices", "--application", "Robot")
    assert found["scopes_switch_blocked_because"] is None
    assert found["feature_flags"] == [{"key": "dark_mode", "label": "Dark mode", "blocked_because": None}]
    assert found["additional_claims"][0] == {
        "key": "org_name",
        "label": "org_name",
        "blocked_because": NO_ORGANIZATION,
    }
    drawn = robot("token", "profile", "choices", "--application", "Robot").stdout
    assert "include_api_scopes_in_permissions: can be switched" in drawn
    assert "  org_name - This application belongs to no organization;" in drawn
    assert f" org_name - {NO_ORGANIZATION} " in " ".join(drawn.split())


def test_choices_say_why_an_id_token_takes_no_flags(robot: CommandLine):
    robot.json("application", "create", "Shop", "--type", "reg")
    words = ("token", "profile", "choices", "--application", "Shop", "--kind", "id")
    reason = robot.json(*words)["feature_flags_blocked_because"]
    assert f"feature_flags {reason} " in " ".join(robot(*words).stdout.split())
