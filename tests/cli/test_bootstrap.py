from pathlib import Path

import httpx

from tests.support.command_line import CommandLine, process
from tests.support.server import RunningServer


def test_credentials_made_before_any_start(empty_cli: CommandLine):
    made = empty_cli.json("bootstrap", "--issuer", "https://id.example.com")
    assert set(made) == {"issuer", "management"}
    assert made["issuer"] == "https://id.example.com"
    assert set(made["management"]) == {"client_id", "client_secret", "audience"}
    assert made["management"]["audience"] == "https://id.example.com/api"
    assert len(made["management"]["client_id"]) == 32
    assert len(made["management"]["client_secret"]) == 52


def test_each_run_makes_another_secret_for_the_same_application(empty_cli: CommandLine):
    first, second = empty_cli.json("bootstrap")["management"], empty_cli.json("bootstrap")["management"]
    assert first["client_id"] == second["client_id"]
    assert first["client_secret"] != second["client_secret"]
    secrets = empty_cli.json("application", "secrets", "list", first["client_id"])
    assert [each["name"] for each in secrets] == ["bootstrap 1", "bootstrap 2"]


def test_issuer_stays_when_none_is_given(empty_cli: CommandLine):
    empty_cli.json("bootstrap", "--issuer", "https://id.example.com")
    assert empty_cli.json("bootstrap")["issuer"] == "https://id.example.com"


def test_credentials_made_while_a_server_runs_work_at_once(tmp_path: Path):
    with RunningServer(tmp_path / "data") as server:
        made = server.bootstrap()
        assert made["issuer"] == server.base_url
        answer = httpx.post(
            f"{server.base_url}/oauth2/token",
            data={"grant_type": "client_credentials", **made["management"]},
        )
        assert answer.status_code == 200, answer.text
        bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        listed = httpx.get(f"{server.base_url}/api/v1/applications", headers=bearer)
        assert [each["id"] for each in listed.json()["applications"]] == [made["management"]["client_id"]]
        discovery = httpx.get(f"{server.base_url}/.well-known/openid-configuration").json()
        assert discovery["issuer"] == server.base_url


def test_for_a_person_it_warns_that_the_secret_is_shown_once(tmp_path: Path):
    outcome = process("bootstrap", "--data", str(tmp_path / "data"))
    assert outcome.code == 0
    assert outcome.stderr == "The secret is not stored and cannot be shown again.\n"
    labels = [line.split("  ")[0] for line in outcome.stdout.splitlines()]
    assert labels == ["issuer", "client id", "client secret", "audience"]
