"""Changes under load over several worker processes: no failed verification, no claim older than a second."""

import base64
import json
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import urlencode

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.support.server import RunningServer

AUDIENCE = "https://api.orders.test"
WORKERS = 3


def configure(management: httpx.Client) -> dict[str, str]:
    def sent(method: str, path: str, body: object = None) -> dict:
        answer = management.request(method, path, json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    api_id = sent("POST", "/apis", {"name": "Orders", "audience": AUDIENCE})["api"]["id"]
    scope_id = sent("POST", f"/apis/{api_id}/scopes", {"key": "read:orders"})["scope"]["id"]
    made = sent("POST", "/applications", {"name": "Robot", "type": "m2m"})["application"]
    sent("PATCH", f"/apis/{api_id}/applications", {"applications": [{"id": made["id"]}]})
    sent("POST", f"/apis/{api_id}/applications/{made['id']}/scopes/{scope_id}")
    return {"client_id": made["client_id"], "client_secret": made["client_secret"], "api_id": api_id}


def claims_of(token: str) -> dict:
    return part_of(token, 1)


def header_of(token: str) -> dict:
    return part_of(token, 0)


def part_of(token: str, number: int) -> dict:
    part = token.split(".")[number]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@dataclass
class Load:
    """Ask for tokens from several threads, on new connections so that every worker is reached."""

    server: RunningServer
    credentials: dict[str, str]
    issued: list[tuple[float, float, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> "Load":
        self.threads = [threading.Thread(target=self._run) for _ in range(4)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def _run(self) -> None:
        while not self.stopping.is_set():
            began = time.monotonic()
            form = {"grant_type": "client_credentials", "audience": AUDIENCE}
            form |= {name: self.credentials[name] for name in ("client_id", "client_secret")}
            try:
                status, body = self._post(urlencode(form))
            except OSError as error:
                self.failures.append(repr(error))
                continue
            if status == 200:
                self.issued.append((began, time.monotonic(), json.loads(body)["access_token"]))
            else:
                self.failures.append(body)
            time.sleep(0.005)

    def _post(self, form: str) -> tuple[int, str]:
        """Send one form on a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        try:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", "/oauth2/token", form, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)
        assert self.failures == []


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request, tmp_path_factory):
    data = tmp_path_factory.mktemp("workers") / "data"
    options = {"workers": WORKERS}
    if request.param == "postgresql":
        options["database_url"] = request.getfixturevalue("postgres").new_database()
        prepared = RunningServer(data, **options)
        done = prepared.run("migrate")
        assert done.returncode == 0, done.stderr
    with RunningServer(data, **options) as running:
        yield running


@pytest.mark.slow
def test_profile_change_is_in_every_token_after_a_second(server):
    with server.management() as management:
        credentials = configure_once(server, management)
        path = f"/applications/{credentials['client_id']}/token_profiles/m2m"
        with Load(server, credentials) as load:
            for number in range(6):
                switched_on = number % 2 == 0
                answer = management.put(path, json={"include_api_scopes_in_permissions": switched_on})
                assert answer.status_code == 200
                changed = time.monotonic()
                load.wait(1.6)
                late = [claims_of(token) for began, _, token in load.issued if began > changed + 1.0]
                assert len(late) >= 5
                assert {"permissions" in claims for claims in late} == {switched_on}


@pytest.mark.slow
def test_key_rotation_fails_no_verification(server):
    """R-06: a verifier that reads the JWKS anew when it meets an unknown key never fails."""
    with server.management() as management:
        credentials = configure_once(server, management)
        with Load(server, credentials) as load:
            load.wait(0.5)
            done = server.run("keys", "rotate", "--publish-ahead", "5", "--json")
            assert done.returncode == 0, done.stderr
            published = httpx.get(f"{server.base_url}/.well-known/jwks.json").json()
            load.wait(1.2)
            keys = KeySet.import_key_set(httpx.get(f"{server.base_url}/.well-known/jwks.json").json())
            assert len(keys.keys) >= len(published["keys"])
            load.wait(6.0)
        kids = set()
        for _, _, token in load.issued:
            decoded = jwt.decode(token, keys, algorithms=["RS256"])
            kids.add(decoded.header["kid"])
        assert len(kids) == 2


@pytest.mark.slow
def test_secret_rotation_with_overlap_refuses_nobody(server):
    with server.management() as management:
        credentials = dict(configure_once(server, management))
        secrets = management.get(f"/applications/{credentials['client_id']}/secrets").json()["secrets"]
        with Load(server, credentials) as load:
            load.wait(0.3)
            answer = management.post(
                f"/applications/{credentials['client_id']}/secrets/{secrets[-1]['id']}/rotate",
                json={"overlap_seconds": 60},
            )
            assert answer.status_code == 201, answer.text
            new = answer.json()["secret"]["client_secret"]
            for _ in range(30):
                form = {"grant_type": "client_credentials", "audience": AUDIENCE, "client_secret": new}
                form["client_id"] = credentials["client_id"]
                at_once = httpx.post(f"{server.base_url}/oauth2/token", data=form)
                assert at_once.status_code == 200, at_once.text
            load.wait(1.5)
        server_credentials[server.base_url]["client_secret"] = new


@pytest.mark.slow
def test_revoked_token_is_inactive_on_every_worker_at_once(server):
    """R-12."""
    with server.management() as management:
        credentials = configure_once(server, management)
        who = {name: credentials[name] for name in ("client_id", "client_secret")}
        form = {**who, "grant_type": "client_credentials", "audience": AUDIENCE}
        token = httpx.post(f"{server.base_url}/oauth2/token", data=form).json()["access_token"]
        asked = {**who, "token": token}
        assert httpx.post(f"{server.base_url}/oauth2/introspect", data=asked).json()["active"] is True
        assert httpx.post(f"{server.base_url}/oauth2/revoke", data=asked).status_code == 200
        for _ in range(20):
            answer = httpx.post(f"{server.base_url}/oauth2/introspect", data=asked)
            assert answer.json() == {"active": False}


server_credentials: dict[str, dict[str, str]] = {}


def configure_once(server: RunningServer, management: httpx.Client) -> dict[str, str]:
    if server.base_url not in server_credentials:
        server_credentials[server.base_url] = configure(management)
    return server_credentials[server.base_url]


@pytest.mark.slow
def test_first_key_of_an_algorithm_is_in_every_jwks_before_it_signs(server):
    """No worker signs with a key that another does not publish yet, and no token request fails meanwhile."""
    with server.management() as management:
        credentials = configure_once(server, management)
        missing: list[str] = []
        with Load(server, credentials) as load:
            watching = threading.Thread(target=watch_keys, args=(load, missing))
            watching.start()
            try:
                for algorithm in ("ES256", "EdDSA", "RS256"):
                    load.wait(0.3)
                    body = {"signing_algorithm": algorithm}
                    answer = management.patch(f"/apis/{credentials['api_id']}", json=body)
                    assert answer.status_code == 200, answer.text
                    load.wait(1.5)
            finally:
                load.stopping.set()
                watching.join()
        algorithms = {header_of(token)["alg"] for *_, token in load.issued}
        assert algorithms == {"RS256", "ES256", "EdDSA"}
        assert missing == []


def watch_keys(load: Load, missing: list[str]) -> None:
    """Look for the key of the newest token in the JWKS, again and again, on new connections."""
    address = f"{load.server.base_url}/.well-known/jwks.json"
    while not load.stopping.is_set():
        time.sleep(0.005)
        if not load.issued:
            continue
        kid = header_of(load.issued[-1][2])["kid"]
        published = {key["kid"] for key in httpx.get(address).json()["keys"]}
        if kid not in published:
            missing.append(kid)
