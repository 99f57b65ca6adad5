"""A resource server of ten lines verifies tokens with joserfc; PyJWT is the second opinion."""

import time

import httpx
import jwt as pyjwt
import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tests.journeys.test_staleness import AUDIENCE, configure

# EdDSA's name was narrowed by RFC 9864; verifiers still know it.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")


class ResourceServer:
    """Accept tokens of one issuer for one audience that carry a permission."""

    def __init__(self, issuer: str, audience: str, now: int | None = None) -> None:
        self.keys = KeySet.import_key_set(httpx.get(f"{issuer}/.well-known/jwks.json").json())
        self.rules = jwt.JWTClaimsRegistry(
            now=now,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
        )

    def permissions(self, token: str) -> list[str]:
        """Return what the token permits. Raises `JoseError` for one that is not good."""
        decoded = jwt.decode(token, self.keys, algorithms=["RS256", "ES256", "EdDSA"])
        self.rules.validate(decoded.claims)
        return decoded.claims.get("permissions", [])


@pytest.fixture(scope="module")
def orders(http):
    with http.management() as management:
        credentials = configure(management)
        path = f"/applications/{credentials['client_id']}/token_profiles/m2m"
        body = {"include_api_scopes_in_permissions": True}
        assert management.put(path, json=body).status_code == 200
        yield management, credentials


def fetch(http, credentials):
    form = {"grant_type": "client_credentials", "audience": AUDIENCE}
    form |= {name: credentials[name] for name in ("client_id", "client_secret")}
    return httpx.post(f"{http.base_url}/oauth2/token", data=form).json()["access_token"]


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("shape", ["platform", "at+jwt"])
def test_good_tokens_are_accepted(http, orders, algorithm, shape):
    management, credentials = orders
    body = {"signing_algorithm": algorithm, "token_shape": shape}
    assert management.patch(f"/apis/{credentials['api_id']}", json=body).status_code == 200
    token = fetch(http, credentials)
    assert ResourceServer(http.base_url, AUDIENCE).permissions(token) == ["read:orders"]
    key = pyjwt.PyJWKClient(f"{http.base_url}/.well-known/jwks").get_signing_key_from_jwt(token)
    claims = pyjwt.decode(token, key, algorithms=[algorithm], audience=AUDIENCE, issuer=http.base_url)
    assert claims["permissions"] == ["read:orders"]
    assert pyjwt.get_unverified_header(token)["typ"] == ("JWT" if shape == "platform" else "at+jwt")


def test_other_audiences_issuers_and_changed_tokens_are_refused(http, orders):
    _, credentials = orders
    token = fetch(http, credentials)
    header, payload, signature = token.split(".")
    changed = f"{header}.{payload[:-4]}AAAA.{signature}"
    other_issuer = ResourceServer(http.base_url, AUDIENCE)
    other_issuer.rules = jwt.JWTClaimsRegistry(iss={"essential": True, "value": "https://elsewhere.test"})
    with pytest.raises(JoseError):
        ResourceServer(http.base_url, "https://elsewhere.test").permissions(token)
    with pytest.raises(JoseError):
        other_issuer.permissions(token)
    with pytest.raises((JoseError, ValueError)):
        ResourceServer(http.base_url, AUDIENCE).permissions(changed)


def test_expired_tokens_are_refused(http, orders):
    _, credentials = orders
    late = ResourceServer(http.base_url, AUDIENCE, now=int(time.time()) + 90_000)
    with pytest.raises(JoseError):
        late.permissions(fetch(http, credentials))
