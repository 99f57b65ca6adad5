from claimsmith.storage.schema import HEAD
from tests.support.command_line import CommandLine


def test_second_run_changes_nothing(empty_cli: CommandLine):
    assert empty_cli.json("migrate") == {
        "message": f"The schema went from nothing to {HEAD}.",
        "before": None,
        "after": HEAD,
    }
    again = empty_cli("migrate")
    assert (again.code, again.stdout, again.stderr) == (0, "", f"The schema is at {HEAD} already.\n")


def test_postgresql_is_migrated_once_and_then_served(empty_cli: CommandLine, postgres_url: str):
    where = ("--database-url", postgres_url)
    assert empty_cli("environment", "list", *where).code == 1
    assert empty_cli.json("migrate", *where)["after"] == HEAD
    assert [each["code"] for each in empty_cli.json("environment", "list", *where)] == ["production"]
    checks = empty_cli.json("doctor", *where)["checks"]
    found = {check["name"]: check["state"] for check in checks}
    assert found["database"] == found["schema"] == found["clock and database"] == "ok"
