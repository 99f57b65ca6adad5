"""A resource server over real HTTP: what it lets in and refuses, with two independent JWT libraries."""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import jwt as pyjwt
import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tests.journeys.test_staleness import AUDIENCE, configure

ALGORITHMS = ("RS256", "ES256", "EdDSA")
OTHER = "https://api.other.test"
SHORTEST_SECONDS = 60
# The name EdDSA was narrowed by RFC 9864; verifiers still know it, and one of them says so.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")


def by_joserfc(issuer: str, token: str, leeway: int = 0) -> list[str]:
    """Return what a token permits. This is the whole of what a resource server has to do."""
    keys = KeySet.import_key_set(httpx.get(f"{issuer}/.well-known/jwks.json").raise_for_status().json())
    decoded = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
    jwt.JWTClaimsRegistry(
        leeway=leeway,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": AUDIENCE},
        exp={"essential": True},
    ).validate(decoded.claims)
    return decoded.claims.get("permissions", [])


def by_pyjwt(issuer: str, token: str, leeway: int = 0) -> list[str]:
    key = pyjwt.PyJWKClient(f"{issuer}/.well-known/jwks.json").get_signing_key_from_jwt(token)
    claims = pyjwt.decode(token, key, list(ALGORITHMS), audience=AUDIENCE, issuer=issuer, leeway=leeway)
    return claims.get("permissions", [])


VERIFIERS = {"joserfc": by_joserfc, "pyjwt": by_pyjwt}


@dataclass
class Resource:
    """Run a resource server that lets `read:orders` read."""

    issuer: str
    verify: Any
    leeway: int = 0

    def __enter__(self) -> "Resource":
        about = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                try:
                    permitted = "read:orders" in about.verify(about.issuer, token, about.leeway)
                    status = 204 if permitted else 403
                except (JoseError, pyjwt.PyJWTError, ValueError):
                    status = 401
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def get(self, token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.get(f"http://127.0.0.1:{self._server.server_port}", headers=headers).status_code


@pytest.fixture(scope="module", params=sorted(VERIFIERS))
def resource(server, request):
    with Resource(server.base_url, VERIFIERS[request.param]) as running:
        yield running


@pytest.fixture(scope="module")
def orders(server):
    """Make the API and a robot whose tokens carry permissions."""
    with server.management() as management:
        made = configure(management)
        permit(management, made)
        yield made | {"management": management}


def permit(management, made, **profile):
    path = f"/applications/{made['client_id']}/token_profiles/m2m"
    body = {"include_api_scopes_in_permissions": True, **profile}
    answer = management.put(path, json=body)
    assert answer.status_code == 200, answer.text


def fetch(issuer, credentials, audience=AUDIENCE):
    sent = {name: credentials[name] for name in ("client_id", "client_secret")}
    sent |= {"grant_type": "client_credentials", "audience": audience}
    answer = httpx.post(f"{issuer}/oauth2/token", data=sent)
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


@pytest.fixture(scope="module")
def strangers(server, orders):
    """Return tokens that each are good somewhere, but not at this resource server."""
    management = orders["management"]
    api_id = management.post("/apis", json={"name": "Other", "audience": OTHER}).json()["api"]["id"]
    scope = management.post(f"/apis/{api_id}/scopes", json={"key": "read:orders"}).json()["scope"]["id"]
    body = {"applications": [{"id": orders["client_id"]}]}
    assert management.patch(f"/apis/{api_id}/applications", json=body).status_code == 200
    path = f"/apis/{api_id}/applications/{orders['client_id']}/scopes/{scope}"
    assert management.post(path).status_code == 200
    issuer = f"{server.base_url}/staging"
    elsewhere = configured_elsewhere(server, issuer)
    found = {
        "another audience": fetch(server.base_url, orders, OTHER),
        "another environment": fetch(issuer, elsewhere),
    }
    assert pyjwt.decode(found["another audience"], options={"verify_signature": False})["permissions"]
    assert by_joserfc(issuer, found["another environment"]) == ["read:orders"]
    return found


def configured_elsewhere(server, issuer):
    """Make the same API and a robot in a second environment, under a path of the same host."""
    done = server.run("environment", "add", "staging", "--issuer", issuer)
    assert done.returncode == 0, done.stderr
    done = server.run("bootstrap", "--environment", "staging", "--json")
    assert done.returncode == 0, done.stderr
    credentials = json.loads(done.stdout)["management"]
    bearer = {"Authorization": f"Bearer {fetch(issuer, credentials, credentials['audience'])}"}
    with httpx.Client(base_url=f"{issuer}/api/v1", headers=bearer) as management:
        made = configure(management)
        permit(management, made)
    return made


@pytest.mark.parametrize("token", ["", "x.y.z", "a" * 2_000])
def test_garbage_is_refused(resource, token):
    assert resource.get(token) == 401


@pytest.mark.parametrize("which", ["another audience", "another environment"])
def test_token_for_elsewhere_is_refused(resource, strangers, which):
    """It carries the same permission, from an issuer that is sound."""
    assert resource.get(strangers[which]) == 401


@pytest.mark.parametrize("verifier", sorted(VERIFIERS))
def test_expired_token_is_refused(server, orders, verifier):
    """A resource server whose clock is ahead by the shortest lifetime: negative leeway moves its clock."""
    permit(orders["management"], orders, lifetime_seconds=SHORTEST_SECONDS)
    token = fetch(server.base_url, orders)
    permit(orders["management"], orders)
    with Resource(server.base_url, VERIFIERS[verifier]) as now:
        assert now.get(token) == 204
    with Resource(server.base_url, VERIFIERS[verifier], leeway=-SHORTEST_SECONDS) as later:
        assert later.get(token) == 401


def test_changed_token_is_refused(server, resource, orders):
    header, payload, signature = fetch(server.base_url, orders).split(".")
    assert resource.get(f"{header}.{payload}.{signature[:-6]}AAAAAA") == 401
    assert resource.get(f"{header}.{payload}.") == 401


def test_token_without_the_permission_is_forbidden(server, resource, orders):
    permit(orders["management"], orders, include_api_scopes_in_permissions=False)
    token = fetch(server.base_url, orders)
    permit(orders["management"], orders)
    assert resource.get(token) == 403


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("shape", ["platform", "at+jwt"])
def test_good_token_is_let_in(server, resource, orders, algorithm, shape):
    body = {"signing_algorithm": algorithm, "token_shape": shape}
    assert orders["management"].patch(f"/apis/{orders['api_id']}", json=body).status_code == 200
    token = fetch(server.base_url, orders)
    header = pyjwt.get_unverified_header(token)
    assert (header["alg"], header["typ"]) == (algorithm, "JWT" if shape == "platform" else "at+jwt")
    assert resource.get(token) == 204
