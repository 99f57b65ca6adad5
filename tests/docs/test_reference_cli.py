"""The page about JSON names what each command prints, and each command is on both pages."""

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import typer

from claimsmith.cli.program import app
from claimsmith.domain.accepted_terms import AcceptedTerms, TermsKind
from claimsmith.domain.applications import Application, ApplicationType
from claimsmith.domain.consents import Consent
from claimsmith.domain.mfa import Factor, FactorType
from claimsmith.domain.passkeys import Passkey
from claimsmith.domain.sso_sessions import Browser
from claimsmith.opening import opened
from claimsmith.settings import read_settings
from claimsmith.usecases import messages, sso_sessions
from claimsmith.usecases.sso_sessions import SignedIn
from tests.docs.examples import ROOT
from tests.docs.test_reference_endpoints import rows, words
from tests.support.command_line import CommandLine, here, process
from tests.support.operator_plans import SAMPLE
from tests.support.rows import USER, put_user
from tests.support.server import RunningServer

PAGE = (ROOT / "docs/reference/cli-json.md").read_text(encoding="utf-8")
CLI = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
COMMANDS = {row[0].strip("`"): row[1:] for row in rows(PAGE, "command")}
OBJECTS = {row[0].strip("*"): words(row[1]) for row in rows(PAGE, "object | members")}
APART = {"serve", "demo", "perform client-credentials", "usage", "mail list", "mail show"}
APART |= {"session list", "session end", "consent list", "consent withdraw", "user terms"}
APART |= {"user set-password"}
APART |= {"user factors remove", "user factors reset"}
APART |= {"user passkeys list", "user passkeys remove"}
YES = ("--yes",)


def all_commands(group: Any, path: tuple[str, ...] = ()) -> list[str]:
    found = []
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if hasattr(command, "list_commands"):
            found += all_commands(command, (*path, name))
        else:
            found.append(" ".join((*path, name)))
    return found


def members_of(command: str) -> tuple[bool, list[str]]:
    """Return whether a command prints a list, and the members of what it prints."""
    told, members = COMMANDS[command]
    object_name = re.search(r"\*([^*]+)\*", told)
    inherited = OBJECTS[object_name[1]] if object_name else []
    return told.startswith("list"), [*inherited, *words(members.partition(";")[0])]


def agree(command: str, printed: Any, extra: tuple[str, ...] = ()) -> None:
    is_list, members = members_of(command)
    assert isinstance(printed, list) is is_list, command
    for each in printed if is_list else [printed]:
        assert sorted(each) == sorted([*members, *extra]), command


@pytest.fixture(autouse=True)
def _no_settings_of_this_shell(monkeypatch):
    for name in [name for name in os.environ if name.startswith("CLAIMSMITH_")]:
        monkeypatch.delenv(name)


class Reader:
    """Run commands and compare what they print with the page."""

    def __init__(self, data: Path) -> None:
        self.cli = CommandLine(data)
        self.seen: list[str] = []

    def __call__(self, command: str, *words: str, extra: tuple[str, ...] = ()) -> Any:
        printed = self.cli.json(*command.split(), *words)
        agree(command, printed, extra)
        assert printed != [], command
        self.seen.append(command)
        return printed


def test_every_command_is_on_both_pages_and_nothing_else():
    commands = all_commands(typer.main.get_command(app))
    assert list(COMMANDS) == commands
    headings = re.findall(r"^## `claimsmith ([^`{]+?)(?: \{[^`]*)?`$", CLI, re.MULTILINE)
    assert [each for each in headings if not each.endswith(" ...")] == commands
    groups = {command.rpartition(" ")[0] for command in commands} - {""}
    assert {each.removesuffix(" ...") for each in headings if each.endswith(" ...")} == groups


def test_answers_have_the_documented_members(tmp_path):
    do = Reader(tmp_path / "data")
    document = tmp_path / "openapi.json"
    document.write_text('{"openapi": "3.1.0", "info": {}, "paths": {"/orders": {"get": {}}}}')
    look_after_the_installation(do)
    applications_and_secrets(do)
    apis_and_scopes(do, document)
    tokens(do)
    flags_and_properties(do)
    users(do, tmp_path / "users.ndjson")
    members_and_what_they_hold(do)
    invitations_and_policies(do)
    plans(do)
    billing(do, tmp_path / "plus.toml")
    ends(do)
    assert sorted(set(do.seen) | APART) == sorted(COMMANDS)


def look_after_the_installation(do: Reader) -> None:
    assert sorted(do("bootstrap")["management"]) == ["audience", "client_id", "client_secret"]
    do("migrate")
    checks = do("doctor")["checks"]
    assert all(list(each) == ["name", "state", "detail", "remedy"] for each in checks)
    do("console-link")
    do("environment list")
    do("environment add", "staging", "--issuer", "https://staging.example.com")
    do("business add", "orchard")
    do("business list")
    do("keys list")
    do("keys rotate")


def plans(do: Reader) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLAIMSMITH_PLANS_FILE", str(SAMPLE))
        do("plan list")
    do("plan show")
    do("plan assign", "pro")
    do("plan trial", "plus")


def applications_and_secrets(do: Reader) -> None:
    do("application create", "Robot")
    do("application create", "Site", "--type", "reg")
    do("application list")
    do("application set", "Robot", "--set", "name=Robot")
    first = do("application secrets add", "Robot", "--name", "second")
    second = do("application secrets rotate", "Robot", first["id"])
    do("application secrets list", "Robot")
    do("application secrets revoke", "Robot", second["id"], *YES)
    role = do("role create", "Clerk", "--key", "clerk")["id"]
    do("role list")
    do("role set", role, "--set", "name=Clerks")
    do("application roles add", "Site", role)
    do("application roles list", "Site")
    do("application roles remove", "Site", role)
    do("role delete", role, *YES)


def apis_and_scopes(do: Reader, document: Path) -> None:
    assert do("api create", "Orders", "--audience", "urn:orders", "--scope", "read:orders")["scopes"] == [
        "read:orders"
    ]
    do("api list")
    do("api set", "Orders", "--set", "name=Orders")
    do("api authorize", "Orders", "Robot", "--all-scopes")
    [shown] = do("api show", "Orders")["applications"].values()
    assert shown == ["read:orders"]
    assert do("application show", "Robot")["apis"] == {"urn:orders": ["read:orders"]}
    imported = do("api import", "Orders", str(document))
    assert all(sorted(line) == ["key", "level", "message"] for line in imported["log"])
    do("api scopes imports", "Orders")
    do("api scopes add", "Orders", "write:orders")
    do("api scopes describe", "Orders", "write:orders", "Change orders")
    do("api scopes list", "Orders")
    do("api scopes delete", "Orders", "write:orders", *YES)
    do("api scopes delete-import", "Orders", imported["id"], *YES)


def tokens(do: Reader) -> None:
    for command in ("preview", "explain", "profile show"):
        do(f"token {command}", "--application", "Robot")
    do("token profile set", "--application", "Robot", "--set", "lifetime_seconds=3600")
    choices = do("token profile choices", "--application", "Robot")
    assert all(list(each) == ["key", "label", "blocked_because"] for each in choices["additional_claims"])


def flags_and_properties(do: Reader) -> None:
    code = do("organization create", "Orchard Ltd")["code"]
    do("organization list")
    do("organization show", code)
    do("organization set", code, "--set", "name=Orchard")
    do("organization mfa", code, "--set", "enabled_factors=mfa:email")
    do("organization passkeys", code, "--set", "policy=optional")
    do("organization sessions", code, "--set", "sso_session_persistence_mode=non_persistent")
    do("flag create", "Dark mode", "--key", "dark_mode", "--default", "true")
    do("flag list")
    do("flag set", "dark_mode", "false")
    for command in (("flag set", "dark_mode", "true"), ("flag clear", "dark_mode")):
        do(*command, "--organization", code, extra=("organization_code",))
    do("flag clear", "dark_mode")
    do("flag change", "dark_mode", "--set", "name=Dark")
    do("flag delete", "dark_mode", *YES)
    do("property create", "Region", "--key", "region")
    do("property list")
    do("property change", "region", "--name", "Regions")
    do("property set", "region", "eu", "--application", "Robot")
    do("property values", "--application", "Robot")
    do("property clear", "region", "--application", "Robot")
    do("property delete", "region", *YES)
    category = do("property category create", "More")["id"]
    do("property category list")
    do("property category rename", category, "Most")
    do("organization delete", code, *YES)


def users(do: Reader, file: Path) -> None:
    made = do("user create", "--email", "ada@example.com", "--username", "ada")
    do("user list")
    do("user show", "ADA@example.com")
    do("user unlock", "ada")
    do("user factors show", "ada")
    do("user change", "ada", "--set", "first_name=Ada")
    do("flag create", "Beta", "--key", "beta", "--default", "false")
    do("flag set", "beta", "true", "--user", "ada", extra=("user_id",))
    do("flag list", "--user", "ada")
    do("flag clear", "beta", "--user", "ada", extra=("user_id",))
    do("property set", "kp_usr_city", "Bern", "--user", "ada")
    do("property values", "--user", "ada")
    do("property clear", "kp_usr_city", "--user", "ada")
    assert do("user suspend", made["id"])["is_suspended"]
    file.write_text('{"id": "7"}\nnot JSON\n')
    assert [row["outcome"] for row in do("user import", str(file))] == ["imported", "refused"]
    do("user delete", "ada", *YES)


def members_and_what_they_hold(do: Reader) -> None:
    role = do("role create", "Clerk", "--key", "clerk")["id"]
    do("permission create", "Read", "--key", "read:reports")
    do("permission list")
    do("permission set", "read:reports", "--set", "name=Read reports")
    do("role permissions add", "clerk", "read:reports")
    do("role permissions list", role)
    do("role scopes add", "clerk", "Orders", "read:orders")
    do("role scopes list", "clerk")
    code = do("organization create", "Orchard Ltd")["code"]
    do.cli.json("user", "create", "--email", "kim@orchard.test")
    who = (code, "kim@orchard.test")
    do("member add", *who, "--role", "clerk")
    scope = ("--api", "Orders", "--scope", "read:orders")
    for held in (("--role", "clerk"), ("--permission", "read:reports"), scope):
        do("member give", *who, *held)
    shown = do("member show", *who)
    assert shown["permissions"] == shown["direct_permissions"] == ["read:reports"]
    assert shown["scopes"] == shown["direct_scopes"] == ["read:orders"]
    assert do("member list", code)[0]["roles"] == ["clerk"]
    for held in (("--role", "clerk"), ("--permission", "read:reports"), scope):
        do("member take", *who, *held)
    do("member remove", *who, *YES)
    do("role scopes remove", "clerk", "Orders", "read:orders")
    do("role permissions remove", "clerk", "read:reports")
    do("permission delete", "read:reports", *YES)


def invitations_and_policies(do: Reader) -> None:
    code = do("organization list")[0]["code"]
    [site] = [each["id"] for each in do("application list") if each["name"] == "Site"]
    do("application set", "Site", "--set", "login_uri=https://site.example.com/login")
    agree("policy show", do.cli.json("policy", "show", "refresh"))
    assert do.cli.json("policy", "set", "access", "--set", f"invite_application_id={site}")
    do("policy list")
    do("policy show", "refresh")
    do("policy set", "refresh", "--set", "grace_seconds=0")
    made = do("invitation create", code, "kim@orchard.test", "--send")
    assert made["link"].startswith("https://site.example.com/login?invitation_code=inv_")
    do("invitation list", code)
    do("invitation renew", code, made["id"])
    do("invitation revoke", code, made["id"], *YES)


def billing(do: Reader, file: Path) -> None:
    code = do.cli.json("organization", "create", "Buyer")["code"]
    do("billing feature create", "calls", "--name", "Calls", "--metered", "--unit", "call")
    do("billing feature list")
    file.write_text('features = [{feature = "calls", limit_max = 10}]\n[trial]\nat_end = "convert"\n')
    do("billing plan create", "plus", "--name", "Plus", "--contents", str(file), "--publish")
    do("billing plan create", "spare", "--name", "Spare")
    do("billing plan set", "spare", "--set", "description=Spare", "--contents", str(file))
    do("billing plan publish", "spare", "--move")
    do("billing plan list")
    do("billing plan show", "plus")
    table = ("--name", "Main", "--group", "organization_plans")
    do("billing pricing-table create", "main", *table)
    do("billing pricing-table set", "main", "--set", "is_live=true")
    do("billing pricing-table list")
    do("billing pricing-table delete", "main", *YES)
    do("billing customer create", "--organization", code)
    agreement = do("billing agreement start", code, "spare", "--no-trial")["id"]
    do("billing customer list")
    do("billing agreement change", code, "plus")
    do("billing agreement withdraw", code)
    do("billing agreement pause", code)
    do("billing agreement resume", code)
    do("billing agreement try", code, "plus", "--days", "7")
    do("billing agreement extend-trial", code, "--days", "7")
    do("billing record", agreement, "calls", "3", "--key", "1")
    do("billing usage", agreement)
    do("billing entitlements", code)
    do("billing events", "--customer", code)
    do("billing agreement end-trial", code)
    do("billing agreement list", code)
    do("billing agreement cancel", code, "--now")
    do.cli.json("billing", "plan", "create", "gone", "--name", "Gone")
    do("billing plan delete", "gone", *YES)
    do.cli.json("billing", "feature", "create", "gone", "--name", "Gone")
    do("billing feature delete", "gone", *YES)


def ends(do: Reader) -> None:
    do("api revoke", "Orders", "Robot")
    do("api delete", "Orders", *YES)
    do("application delete", "Site", *YES)


def test_token_that_is_got_and_usage_that_is_counted(tmp_path, monkeypatch):
    with RunningServer(tmp_path / "data") as server:
        made = server.bootstrap()["management"]
        monkeypatch.setenv("CLAIMSMITH_CLIENT_SECRET", made["client_secret"])
        where = ("--issuer", server.base_url, "--client-id", made["client_id"])
        command = "perform client-credentials"
        agree(command, here(*command.split(), *where, "--json").data)
    monkeypatch.delenv("CLAIMSMITH_CLIENT_SECRET")
    counted = CommandLine(server.data).json("usage")
    agree("usage", counted)
    assert counted


def test_mail_that_waits(tmp_path):
    data = tmp_path / "data"

    async def write() -> None:
        async with opened(read_settings({"data": data}, environ={})) as platform:
            async with platform.database.storing(platform.directory.runtimes[0].id) as work:
                values = {"sender": "Orders", "code": "012345", "minutes": "120"}
                await messages.send(
                    work, kind="code_sign_in", recipient="kim@orchard.test", language="en", values=values
                )

    cli = CommandLine(data)
    asyncio.run(write())
    [waiting] = cli.json("mail", "list")
    agree("mail list", [waiting])
    shown = cli.json("mail", "show", waiting["id"])
    agree("mail show", shown)
    assert "012345" in shown["text"]


def test_sessions_that_are_ended(tmp_path):
    data = tmp_path / "data"

    async def sign_in() -> None:
        async with opened(read_settings({"data": data}, environ={})) as platform:
            async with platform.database.storing(platform.directory.runtimes[0].id) as work:
                signed_in = SignedIn(await put_user(work), ("pwd",), int(work.now.timestamp()))
                site = Application("c" * 32, "Site", ApplicationType.REG)
                await sso_sessions.begin_session(work, signed_in, site, Browser(None, "192.0.2.1"))

    cli = CommandLine(data)
    asyncio.run(sign_in())
    listed = cli.json("session", "list", USER)
    agree("session list", listed)
    assert len(listed) == 1
    ended = cli.json("session", "end", USER, *YES)
    agree("session end", ended)
    assert ended["sessions"] == 1
    assert cli.json("session", "list", USER) == []


def test_factors_and_passkeys_that_are_taken_away(tmp_path):
    data = tmp_path / "data"

    async def set_up() -> None:
        async with opened(read_settings({"data": data}, environ={})) as platform:
            now = platform.now()
            async with platform.database.storing(platform.directory.runtimes[0].id) as work:
                user_id = await put_user(work)
                for kind in (FactorType.AUTHENTICATOR_APP, FactorType.EMAIL):
                    factor = Factor(f"mfa_{kind.name}", user_id, kind, "ada@example.com", created_at=now)
                    if kind is FactorType.EMAIL:
                        assert await work.second_factors.add_email(factor)
                    else:
                        sealed = platform.sealer.seal(b"seed", context="test")
                        assert await work.second_factors.add(factor, sealed, last_step=0)
                key = Passkey("psk_1", user_id, "credential", b"key", "Laptop", created_at=now)
                assert await work.passkeys.add(key)

    cli = CommandLine(data)
    asyncio.run(set_up())
    shown = cli.json("user", "factors", "show", USER)
    agree("user factors show", shown)
    assert [each["type"] for each in shown["factors"]] == ["mfa:authenticator_app"]
    assert cli("user", "factors", "remove", USER, "mfa_unknown", *YES).code == 1
    agree("user factors remove", cli.json("user", "factors", "remove", USER, shown["factors"][0]["id"], *YES))
    agree("user factors reset", cli.json("user", "factors", "reset", USER, *YES))
    assert cli.json("user", "factors", "show", USER)["factors"] == []
    [key] = cli.json("user", "passkeys", "list", USER)
    agree("user passkeys list", [key])
    assert cli("user", "passkeys", "remove", USER, key["id"]).code == 1
    agree("user passkeys remove", cli.json("user", "passkeys", "remove", USER, key["id"], *YES))
    assert cli.json("user", "passkeys", "list", USER) == []


def test_consents_that_are_withdrawn(tmp_path):
    data = tmp_path / "data"

    async def allow() -> None:
        async with opened(read_settings({"data": data}, environ={})) as platform:
            async with platform.database.storing(platform.directory.runtimes[0].id) as work:
                await put_user(work)
                site = Application(
                    "c" * 32, "Site", ApplicationType.SPA, created_at=work.now, updated_at=work.now
                )
                await work.applications.add(site)
                await work.consents.put(Consent(USER, site.id, None, "", ("openid",), work.now))
                terms = AcceptedTerms(USER, TermsKind.TERMS_OF_USE, "https://x.test/t", site.id, work.now)
                await work.accepted_terms.add(terms)

    cli = CommandLine(data)
    asyncio.run(allow())
    listed = cli.json("consent", "list", USER)
    agree("consent list", listed)
    assert [(each["application"], each["scopes"]) for each in listed] == [("Site", ["openid"])]
    agree("user terms", cli.json("user", "terms", USER))
    agree("consent withdraw", cli.json("consent", "withdraw", USER, "Site", *YES))
    assert cli.json("consent", "list", USER) == []


def test_demo_prints_what_is_documented():
    done = process("demo", "--once", "--json")
    assert done.code == 0, done.stderr
    agree("demo", json.loads(done.stdout))


def test_refusal_prints_nothing_for_the_script(tmp_path):
    done = CommandLine(tmp_path / "data")("application", "show", "nobody", "--json")
    assert (done.code, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: ")
