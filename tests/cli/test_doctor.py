import sqlite3
from pathlib import Path
from typing import Any

from tests.support.command_line import CommandLine
from tests.support.server import RunningServer


def states(data: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["state"] for check in data["checks"]}


def examined(cli: CommandLine, code: int, *words: str) -> dict[str, Any]:
    outcome = cli("doctor", "--json", *words)
    assert outcome.code == code, outcome.stderr or outcome.stdout
    outcome.code = 0
    data: dict[str, Any] = outcome.data
    assert data["healthy"] is (code == 0)
    assert all(check["remedy"] for check in data["checks"] if check["state"] != "ok")
    return data


def test_nothing_there_is_told_and_nothing_is_made(empty_cli: CommandLine):
    data = examined(empty_cli, 1)
    assert states(data) == {"data directory": "fail", "master key": "fail", "database": "warn"}
    assert not empty_cli.data.exists()


def test_environment_that_is_none_is_told(cli: CommandLine):
    data = examined(cli, 1, "--environment", "staging")
    assert data["checks"][-1] == {
        "name": "environment",
        "state": "fail",
        "detail": "There is no environment 'staging'.",
        "remedy": "Name one of: production.",
    }


def test_lost_master_key_is_told_and_not_replaced(cli: CommandLine):
    (cli.data / "master.key").unlink()
    assert states(examined(cli, 1))["master key"] == "fail"
    assert not (cli.data / "master.key").exists()


def test_another_master_key_is_told(cli: CommandLine, tmp_path: Path):
    other = CommandLine(tmp_path / "other")
    assert other("bootstrap").code == 0
    (cli.data / "master.key").write_bytes((other.data / "master.key").read_bytes())
    assert states(examined(cli, 1))["signing keys of production"] == "fail"


def test_lost_database_is_told(cli: CommandLine):
    for path in cli.data.glob("claimsmith.db*"):
        path.unlink()
    assert states(examined(cli, 1))["database"] == "fail"
    assert not (cli.data / "claimsmith.db").exists()


def test_schema_of_another_version_is_told(cli: CommandLine):
    with sqlite3.connect(cli.data / "claimsmith.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    data = examined(cli, 1)
    assert (states(data)["database"], states(data)["schema"]) == ("ok", "fail")


def test_database_that_does_not_answer_is_told(cli: CommandLine):
    data = examined(cli, 1, "--database-url", "postgresql://u:pa55word@127.0.0.1:9/x")
    [check] = [check for check in data["checks"] if check["name"] == "database"]
    assert check == {
        "name": "database",
        "state": "fail",
        "detail": "The database did not answer (PostgreSQL at 127.0.0.1:9, database x): Connection refused.",
        "remedy": "Check that it runs and can be reached from here, and that CLAIMSMITH_DATABASE_URL or "
        "--database-url names the right host and port.",
    }
    assert "pa55word" not in str(data)


def test_file_that_is_no_database_is_told(cli: CommandLine):
    for path in cli.data.glob("claimsmith.db*"):
        path.unlink()
    (cli.data / "claimsmith.db").write_bytes(b"this is no database" * 1000)
    [check] = [check for check in examined(cli, 1)["checks"] if check["name"] == "database"]
    assert check == {
        "name": "database",
        "state": "fail",
        "detail": f"The database refused (SQLite in {cli.data / 'claimsmith.db'}): file is not a database.",
        "remedy": "The file is damaged: stop what uses it and restore it from a backup.",
    }


def test_damage_inside_the_file_is_told(cli: CommandLine):
    path = cli.data / "claimsmith.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(page,)] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'signing_keys'")
        [(size,)] = connection.execute("PRAGMA page_size")
    connection.close()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(content)
    [check] = [check for check in examined(cli, 1)["checks"] if check["name"] == "database"]
    assert check["detail"].startswith(f"The file is damaged (SQLite in {path}): ")
    assert check["remedy"] == "Stop what uses it and restore it from a backup."
    refused = cli("keys", "list")
    assert (refused.code, refused.stdout, refused.stderr) == (
        1,
        "",
        f"Error: The database refused (SQLite in {path}): database disk image is malformed. "
        "The file is damaged: stop what uses it and restore it from a backup.\n",
    )


def test_file_cut_short_is_told(cli: CommandLine):
    path = cli.data / "claimsmith.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    path.write_bytes(path.read_bytes()[:10_000])
    assert states(examined(cli, 1))["database"] == "fail"


def test_secrets_that_expire_soon_are_told(cli: CommandLine):
    made = cli.json("application", "create", "Robot")
    [first] = cli.json("application", "secrets", "list", made["client_id"])
    cli.json("application", "secrets", "add", made["client_id"], "--name", "short", "--expires-in", "86400")
    assert cli("application", "secrets", "revoke", made["client_id"], first["id"], "--yes").code == 0
    data = examined(cli, 0)
    [check] = [check for check in data["checks"] if check["name"] == "client secrets of production"]
    assert check == {
        "name": "client secrets of production",
        "state": "warn",
        "detail": "Expiring within 14 days: Robot.",
        "remedy": f"claimsmith application secrets add APPLICATION --name NAME --data {cli.data}",
    }


def test_directory_open_to_others_is_told(cli: CommandLine):
    cli.data.chmod(0o755)
    assert states(examined(cli, 0))["data directory"] == "warn"


def test_issuer_that_was_promised_must_answer(cli: CommandLine, free_port: int):
    cli.json("bootstrap")
    assert states(examined(cli, 0))["issuer of production"] == "warn"
    cli.json("bootstrap", "--issuer", f"http://127.0.0.1:{free_port}")
    assert states(examined(cli, 1))["issuer of production"] == "fail"


def test_running_server_is_healthy(tmp_path: Path, free_port: int):
    with RunningServer(tmp_path / "data") as server:
        cli = CommandLine(server.data)
        data = examined(cli, 0)
        assert set(states(data).values()) == {"ok"}
        assert list(states(data)) == [
            "data directory",
            "free disk",
            "master key",
            "database",
            "schema",
            "signing keys of production",
            "client secrets of production",
            "issuer of production",
            "clock and issuer of production",
        ]
        drawn = cli("doctor")
        assert (drawn.code, drawn.stderr) == (0, "")
        assert drawn.stdout.endswith("9 ok, 0 to look at, 0 failing\n")
        cli.json("environment", "add", "staging", "--issuer", f"http://127.0.0.1:{free_port}")
        found = states(examined(cli, 1, "--environment", "staging"))
        assert found["issuer of staging"] == "fail"
        assert "issuer of production" not in found
