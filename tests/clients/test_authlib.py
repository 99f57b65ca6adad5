"""Authlib's clients get, introspect and revoke tokens, and its model of RFC 8414 reads our metadata."""

import httpx
import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url

from tests.journeys.test_staleness import AUDIENCE, claims_of, configure

METHODS = ("client_secret_basic", "client_secret_post")


@pytest.fixture(scope="module")
def credentials(server):
    with server.management() as management:
        return configure(management)


@pytest.fixture(autouse=True)
def _plain_http_on_loopback(monkeypatch):
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


def session(credentials, method, **changed):
    given = {**credentials, **changed}
    return OAuth2Session(
        given["client_id"],
        given["client_secret"],
        token_endpoint_auth_method=method,
        introspection_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
    )


def fetch(server, client, **parameters):
    return client.fetch_token(
        f"{server.base_url}/oauth2/token", grant_type="client_credentials", audience=AUDIENCE, **parameters
    )


@pytest.mark.parametrize("method", METHODS)
def test_wrong_secret_raises_what_was_answered(server, credentials, method):
    with session(credentials, method, client_secret="wrong") as client:
        with pytest.raises(OAuthError) as caught:
            fetch(server, client)
    assert caught.value.error == "invalid_client"
    assert caught.value.description


@pytest.mark.parametrize("method", METHODS)
def test_scope_that_is_not_granted_is_refused(server, credentials, method):
    with session(credentials, method) as client:
        with pytest.raises(OAuthError) as caught:
            fetch(server, client, scope="delete:everything")
    assert caught.value.error == "invalid_scope"


@pytest.mark.parametrize("method", METHODS)
def test_token_is_fetched_introspected_and_revoked(server, credentials, method):
    with session(credentials, method) as client:
        token = fetch(server, client)
        assert set(token) == {"access_token", "expires_in", "expires_at", "scope", "token_type"}
        assert (token["token_type"], token["scope"]) == ("bearer", "read:orders")
        claims = claims_of(token["access_token"])
        assert (claims["aud"], claims["azp"]) == ([AUDIENCE], credentials["client_id"])
        introspect = f"{server.base_url}/oauth2/introspect"
        known = client.introspect_token(introspect, token=token["access_token"]).json()
        assert (known["active"], known["client_id"]) == (True, credentials["client_id"])
        revoked = client.revoke_token(f"{server.base_url}/oauth2/revoke", token=token["access_token"])
        assert (revoked.status_code, revoked.content) == (200, b"")
        gone = client.introspect_token(introspect, token=token["access_token"])
        assert gone.json() == {"active": False}


@pytest.mark.parametrize("method", METHODS)
async def test_httpx_client_fetches_a_token(server, credentials, method):
    async with AsyncOAuth2Client(
        credentials["client_id"], credentials["client_secret"], token_endpoint_auth_method=method
    ) as client:
        token = await client.fetch_token(
            f"{server.base_url}/oauth2/token", grant_type="client_credentials", audience=AUDIENCE
        )
    assert claims_of(token["access_token"])["aud"] == [AUDIENCE]


def test_metadata_is_what_rfc_8414_says(tls_server):
    address = get_well_known_url(tls_server.base_url, external=True)
    assert address == f"{tls_server.base_url}/.well-known/oauth-authorization-server"
    found = AuthorizationServerMetadata(httpx.get(address, verify=tls_server.verify).json())
    assert found["issuer"] == tls_server.base_url
    found.validate()
