"""What a command line refuses, before what it does. Each is a process of its own, as a person starts it."""

import re
from pathlib import Path

import pytest

from claimsmith.storage.schema import HEAD
from tests.support.command_line import CommandLine, here, process
from tests.support.server import free_port


def test_unknown_setting_stops_the_start(tmp_path: Path):
    outcome = process("serve", "--data", str(tmp_path / "data"), environ={"CLAIMSMITH_PROT": "80"})
    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr.startswith("Error: CLAIMSMITH_PROT is no setting. Settings are: CLAIMSMITH_DATA,")
    assert outcome.stderr.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_unknown_key_in_the_file_stops_the_start(tmp_path: Path):
    (tmp_path / "claimsmith.toml").write_text("prot = 80\n")
    outcome = process("serve", "--config", str(tmp_path / "claimsmith.toml"), cwd=tmp_path)
    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr.startswith("Error: prot is no setting; settings are: data, host, port,")
    assert [path.name for path in tmp_path.iterdir()] == ["claimsmith.toml"]


def test_option_that_is_none_is_wrong_usage():
    outcome = process("serve", "--prot", "80")
    assert (outcome.code, outcome.stdout) == (2, "")
    assert "No such option" in outcome.stderr


def test_command_that_is_none_is_wrong_usage():
    outcome = process("sevre")
    assert (outcome.code, outcome.stdout) == (2, "")
    assert "No such command" in outcome.stderr


def test_database_that_does_not_answer_is_no_traceback(cli: CommandLine):
    outcome = cli("usage", "--database-url", "postgresql://u:pa55word@127.0.0.1:9/x")
    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr == (
        "Error: The database did not answer (PostgreSQL at 127.0.0.1:9, database x): Connection refused. "
        "Check that it runs and can be reached from here, and that CLAIMSMITH_DATABASE_URL or --database-url "
        "names the right host and port.\n"
    )


@pytest.mark.parametrize("command", ["usage", "serve", "migrate", "bootstrap", "doctor"])
@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("mysql://u:pa55word@127.0.0.1/x", "mysql://u:***@127.0.0.1/x"),
        ("nonsense:pa55word", "nonsense..."),
    ],
)
def test_database_url_that_is_none_of_postgresql_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, url: str, masked: str
):
    monkeypatch.chdir(tmp_path)
    given = here(command, "--database-url", url)
    monkeypatch.setenv("CLAIMSMITH_DATABASE_URL", url)
    for outcome in (given, here(command)):
        assert (outcome.code, outcome.stdout, outcome.stderr) == (
            1,
            "",
            f"Error: The database URL '{masked}' is none of PostgreSQL. "
            "Write it as postgresql://user:password@host:5432/database.\n",
        )
    assert list(tmp_path.iterdir()) == []


def test_sqlite_needs_no_url(tmp_path: Path):
    outcome = process("migrate", "--database-url", "sqlite:///other.db", cwd=tmp_path)
    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr == (
        "Error: The database URL 'sqlite:///other.db' names SQLite, which needs no URL: leave it away and "
        "name the directory of the database with --data or CLAIMSMITH_DATA.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_database_that_does_not_exist_is_no_traceback(cli: CommandLine, postgres_url: str):
    outcome = cli("usage", "--database-url", postgres_url.replace("/test_", "/absent_"))
    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr.startswith("Error: The database refused (PostgreSQL at the socket in /tmp/")
    assert outcome.stderr.endswith(
        '" does not exist. Check the user, password and database that CLAIMSMITH_DATABASE_URL or '
        "--database-url names, and what this user may do.\n"
    )
    assert outcome.stderr.count("\n") == 1


def test_file_that_is_no_database_is_no_traceback(cli: CommandLine):
    for path in cli.data.glob("claimsmith.db*"):
        path.unlink()
    (cli.data / "claimsmith.db").write_bytes(b"this is no database" * 1000)
    outcome = cli("environment", "list")
    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr == (
        f"Error: The database refused (SQLite in {cli.data / 'claimsmith.db'}): file is not a database. "
        "The file is damaged: stop what uses it and restore it from a backup.\n"
    )


def test_unmigrated_postgresql_is_refused(cli: CommandLine, postgres_url: str):
    outcome = cli("usage", "--database-url", postgres_url)
    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr == (
        f"Error: The database is at schema none; this version needs {HEAD}. Run: claimsmith migrate\n"
    )


def test_master_key_that_others_can_read_is_refused(cli: CommandLine):
    (cli.data / "master.key").chmod(0o644)
    outcome = cli("environment", "list")
    assert (outcome.code, outcome.stdout) == (1, "")
    assert f"Run: chmod 600 {cli.data / 'master.key'}" in outcome.stderr


def test_another_installations_master_key_is_refused(cli: CommandLine, tmp_path: Path):
    other = CommandLine(tmp_path / "other")
    assert other("bootstrap").code == 0
    (cli.data / "master.key").write_bytes((other.data / "master.key").read_bytes())
    outcome = cli("environment", "list")
    assert (outcome.code, outcome.stdout) == (1, "")
    assert "Start with the master key that belongs to this database." in outcome.stderr


READING = (
    ("application", "list"),
    ("application", "create", "Robot"),
    ("console-link",),
    ("environment", "list"),
    ("keys", "rotate"),
    ("token", "preview", "--application", "Robot"),
    ("usage",),
)


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_directory_without_installation_is_refused_and_left_alone(tmp_path: Path, words: tuple[str, ...]):
    mistyped = CommandLine(tmp_path / "dta")
    for exists in (False, True):
        if exists:
            mistyped.data.mkdir()
        outcome = mistyped(*words)
        assert (outcome.code, outcome.stdout, outcome.stderr) == (
            1,
            "",
            f"Error: There is no installation in {mistyped.data}: it has no claimsmith.db. Name the right "
            "directory with --data or CLAIMSMITH_DATA, or make an installation: "
            f"claimsmith serve --data {mistyped.data}\n",
        )
        assert mistyped.data.exists() is exists
    assert list(mistyped.data.iterdir()) == []


def test_lost_master_key_is_refused_and_not_replaced(cli: CommandLine):
    path = cli.data / "master.key"
    path.unlink()
    outcome = cli("keys", "list")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (
        1,
        "",
        f"Error: There is no {path}, which opens what the database holds. Name the right directory with "
        "--data or CLAIMSMITH_DATA, restore the file from its backup, or give the key in "
        "CLAIMSMITH_MASTER_KEY.\n",
    )
    assert not path.exists()


def test_postgresql_with_another_directory_is_refused_and_nothing_is_made(
    empty_cli: CommandLine, postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    where = ("--database-url", postgres_url)
    refused = empty_cli("keys", "list", *where)
    assert refused.stderr.startswith(f"Error: There is no {empty_cli.data / 'master.key'}, which opens ")
    monkeypatch.setenv("CLAIMSMITH_MASTER_KEY", "A" * 43)
    assert empty_cli("migrate", *where).code == 0
    assert empty_cli("keys", "list", *where).code == 0
    assert not empty_cli.data.exists()


TAKEN = {
    "serve": {"--data", "--database-url", "--config"},
    "demo": {"--data", "--json"},
    "migrate": {"--data", "--database-url", "--config", "--json"},
    "perform client-credentials": {"--config", "--json"},
    "environment list": {"--data", "--database-url", "--config", "--json"},
    "environment add": {"--data", "--database-url", "--config", "--json"},
}
SHARED = {
    "--data": "data",
    "--database-url": "postgresql://u@127.0.0.1/x",
    "--config": "claimsmith.toml",
    "--environment": "production",
    "--json": None,
}


@pytest.mark.parametrize("command", TAKEN)
def test_shared_option_without_effect_is_refused(command: str):
    offered = set()
    shown = here(*command.split(), "--help").stdout.partition("Shared options")[2]
    for option, value in SHARED.items():
        if re.search(rf"{option}\b", shown):
            offered.add(option)
            continue
        outcome = here(*command.split(), option, *([value] if value else []))
        assert (outcome.code, outcome.stdout) == (2, "")
        assert f"No such option: {option}" in outcome.stderr
    assert offered == TAKEN[command]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_serve_with_another_installations_master_key_says_one_sentence(cli: CommandLine, workers: str):
    (cli.data / "master.key").write_text("A" * 43)
    words = ["serve", "--data", str(cli.data), "--port", str(free_port()), "--workers", workers]
    outcome = process(*words)
    assert (outcome.code, outcome.stdout) == (1, "")
    [line] = outcome.stderr.splitlines()
    assert re.fullmatch(
        "Error: This value was sealed with another key: [0-9a-f]{8}, not [0-9a-f]{8}. "
        "Start with the master key that belongs to this database.",
        line,
    )


def test_unknown_environment_is_refused(cli: CommandLine):
    outcome = cli("application", "list", "--environment", "staging")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (
        1,
        "",
        "Error: There is no environment 'staging'. There are: production.\n",
    )


def test_issuer_that_is_plain_http_is_refused(cli: CommandLine):
    outcome = cli("bootstrap", "--issuer", "http://id.example.com")
    assert (outcome.code, outcome.stdout) == (1, "")
    assert "is http, which is only allowed on loopback" in outcome.stderr


@pytest.mark.parametrize("option", ["--tls-cert", "--tls-key"])
def test_half_of_tls_is_refused(cli: CommandLine, option: str):
    outcome = cli("serve", option, "file.pem")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (
        1,
        "",
        "Error: tls_cert and tls_key belong together: give both or neither.\n",
    )


def test_deleting_without_a_terminal_needs_yes(cli: CommandLine):
    made = cli.json("application", "create", "Robot")
    refused = process("application", "delete", made["client_id"], "--data", str(cli.data))
    assert (refused.code, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"Error: Deleting the application 'Robot' ({made['client_id']}) cannot be undone; "
        "add --yes to do it.\n"
    )
    assert [each["name"] for each in cli.json("application", "list")] == ["Robot"]
