import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from claimsmith.cli.failures import CommandFailed
from claimsmith.cli.token_client import TokenClient
from tests.support.command_line import Outcome, here, process
from tests.support.loopback import listening, plain
from tests.support.server import RunningServer


@dataclass
class Robot:
    """Hold a running server and the credentials of an application of it."""

    server: RunningServer
    client_id: str
    secret: str

    def perform(self, *words: str, issuer: str | None = None) -> Outcome:
        """Ask for a token."""
        where = ["--issuer", issuer or self.server.base_url, "--client-id", self.client_id]
        return here("perform", "client-credentials", *where, *words)


@pytest.fixture(scope="module")
def robot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Robot]:
    with RunningServer(tmp_path_factory.mktemp("perform") / "data") as server, server.management() as api:
        made = api.post("/applications", json={"name": "Robot", "type": "m2m"}).json()["application"]
        registered = {"name": "Orders", "audience": "https://orders.example.com"}
        api_id = api.post("/apis", json=registered).json()["api"]["id"]
        scope_id = api.post(f"/apis/{api_id}/scopes", json={"key": "read:orders"}).json()["scope"]["id"]
        api.patch(f"/apis/{api_id}/applications", json={"applications": [{"id": made["id"]}]})
        enabled = api.post(f"/apis/{api_id}/applications/{made['id']}/scopes/{scope_id}")
        assert enabled.is_success, enabled.text
        yield Robot(server, made["id"], made["client_secret"])


def test_refusal_is_told_as_the_server_said_it(robot: Robot, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CLAIMSMITH_CLIENT_SECRET", "wrong")
    outcome = robot.perform()
    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr.startswith("Error: The server refused (401): invalid_client: ")
    monkeypatch.setenv("CLAIMSMITH_CLIENT_SECRET", robot.secret)
    outcome = robot.perform("--scope", "write:orders")
    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr.startswith(
        "Error: The server refused (400): invalid_scope: The scope write:orders "
    )


def test_issuer_has_to_be_the_one_that_answers(robot: Robot, monkeypatch: pytest.MonkeyPatch, free_port: int):
    monkeypatch.setenv("CLAIMSMITH_CLIENT_SECRET", robot.secret)
    other = f"http://localhost:{robot.server.port}"
    outcome = robot.perform(issuer=other)
    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr == (
        f"Error: {other}/.well-known/openid-configuration names the issuer '{robot.server.base_url}', not "
        f"'{other}'; use the one it names.\n"
    )
    silent = robot.perform(issuer=f"http://127.0.0.1:{free_port}")
    assert silent.code == 1
    assert "Is the server running? To start one: claimsmith serve\n" in silent.stderr
    assert "is no URL that can be asked" in robot.perform(issuer="nonsense").stderr


def test_without_secret_and_terminal_it_says_where_to_put_it(robot: Robot):
    words = ["--issuer", robot.server.base_url, "--client-id", robot.client_id]
    outcome = process("perform", "client-credentials", *words)
    assert (outcome.code, outcome.stdout, outcome.stderr) == (
        1,
        "",
        "Error: No client secret: set CLAIMSMITH_CLIENT_SECRET.\n",
    )


def test_issuer_is_that_of_the_settings_unless_given(robot: Robot, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CLAIMSMITH_CLIENT_SECRET", robot.secret)
    monkeypatch.setenv("CLAIMSMITH_PORT", str(robot.server.port))
    outcome = here("perform", "client-credentials", "--client-id", robot.client_id, "--json")
    assert outcome.data["issuer"] == robot.server.base_url


def test_token_is_verified_and_decoded(robot: Robot, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CLAIMSMITH_CLIENT_SECRET", robot.secret)
    found = robot.perform("--json").data
    claims = found["claims"]
    assert {name: claims[name] for name in claims if name not in ("iat", "exp", "jti")} == {
        "iss": robot.server.base_url,
        "aud": ["https://orders.example.com"],
        "azp": robot.client_id,
        "gty": ["client_credentials"],
        "v": "2",
        "scope": "read:orders",
        "scp": ["read:orders"],
    }
    assert (found["verified"], found["scope"], found["expires_in"]) == (True, "read:orders", 86400)
    printed = robot.perform("--scope", "read:orders")
    assert (printed.code, printed.stderr) == (0, "")
    assert "verified: the signature, issuer and times hold" in printed.stdout
    assert robot.secret not in printed.stdout


def test_secret_on_the_command_line_is_warned_about(robot: Robot):
    outcome = robot.perform("--client-secret", robot.secret)
    assert outcome.code == 0
    assert outcome.stderr == (
        "Note: every user of this machine can see a secret on the command line; "
        "use CLAIMSMITH_CLIENT_SECRET instead.\n"
    )


def test_token_that_was_tampered_with_does_not_hold(robot: Robot):
    form = {"grant_type": "client_credentials", "client_id": robot.client_id, "client_secret": robot.secret}
    token = httpx.post(f"{robot.server.base_url}/oauth2/token", data=form).json()["access_token"]
    head, payload, signature = token.split(".")
    swapped = "A" if signature[10] != "A" else "B"
    with TokenClient(robot.server.base_url) as client:
        assert client.verify(token).claims["azp"] == robot.client_id
        with pytest.raises(Exception, match="The token does not hold: "):
            client.verify(f"{head}.{payload}.{signature[:10]}{swapped}{signature[11:]}")


@pytest.mark.parametrize("document", ["{}", '{"keys": 5}', '{"keys": []}', '{"keys": [{"kty": "x"}]}'])
async def test_keys_that_are_none_are_named(document: str):
    async with listening(plain(body=document.encode())) as heard:
        issuer = f"http://127.0.0.1:{heard.port}"
        with TokenClient(issuer) as client:
            client._metadata = {"issuer": issuer, "jwks_uri": f"{issuer}/jwks"}
            with pytest.raises(CommandFailed, match=f"{issuer}/jwks answers with no JWK set"):
                await asyncio.to_thread(client.verify, "a.b.c")
