"""Authlib's clients sign a person in with code and PKCE; joserfc verifies the ID token through the JWKS."""

import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken, UserInfo
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from tests.clients.signing_in import AUDIENCE, CALLBACK, EMAIL, prepare

SCOPE = "openid profile email offline_access"
METHODS = ("client_secret_basic", "client_secret_post")


@pytest.fixture(scope="module")
def prepared(server):
    return prepare(server)


@pytest.fixture(scope="module")
def metadata(server):
    """Return the server's addresses, as clients find them."""
    return httpx.get(f"{server.base_url}/.well-known/openid-configuration").json()


@pytest.fixture(autouse=True)
def _plain_http_on_loopback(monkeypatch):
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


def client(prepared, kind, method="client_secret_basic"):
    return kind(
        prepared.client_id,
        prepared.client_secret,
        scope=SCOPE,
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
    )


def begin(session, metadata):
    """Return where to send the person, with what must be kept until the answer."""
    kept = {"code_verifier": generate_token(48), "nonce": generate_token()}
    address, kept["state"] = session.create_authorization_url(
        metadata["authorization_endpoint"], **kept, audience=AUDIENCE
    )
    return address, kept


def verified(token, metadata, prepared, nonce):
    """Return the claims of an ID token, after checking it as OIDC Core §3.1.3.7 says."""
    keys = KeySet.import_key_set(httpx.get(metadata["jwks_uri"]).json())
    found = jwt.decode(token["id_token"], keys, algorithms=["RS256"])
    rules = {"iss": {"essential": True, "value": metadata["issuer"]}}
    given = {"nonce": nonce, "client_id": prepared.client_id, "access_token": token["access_token"]}
    claims = CodeIDToken(found.claims, found.header, options=rules, params=given)
    claims.validate(now=int(time.time()))
    return claims


@pytest.mark.parametrize("method", METHODS)
def test_sign_in_refresh_and_revocation(prepared, metadata, method):
    with client(prepared, OAuth2Session, method) as session:
        address, kept = begin(session, metadata)
        callback = prepared.sign_in(address)
        assert parse_qs(urlsplit(callback).query)["iss"] == [metadata["issuer"]]
        token = session.fetch_token(
            metadata["token_endpoint"],
            authorization_response=callback,
            state=kept["state"],
            code_verifier=kept["code_verifier"],
        )
        claims = verified(token, metadata, prepared, kept["nonce"])
        assert (claims["sub"], claims["email"]) == (prepared.user_id, EMAIL)
        person = UserInfo(session.get(metadata["userinfo_endpoint"]).json())
        assert (person.sub, person.name, person.email_verified) == (prepared.user_id, "Kim Ode", True)
        renewed = session.refresh_token(metadata["token_endpoint"])
        assert renewed["refresh_token"] != token["refresh_token"]
        assert verified(renewed, metadata, prepared, None)["sub"] == prepared.user_id
        answer = session.revoke_token(metadata["revocation_endpoint"], token=renewed["refresh_token"])
        assert (answer.status_code, answer.content) == (200, b"")
        with pytest.raises(OAuthError) as caught:
            session.refresh_token(metadata["token_endpoint"], refresh_token=renewed["refresh_token"])
        assert caught.value.error == "invalid_grant"
        assert session.get(metadata["userinfo_endpoint"]).status_code == 401


async def test_httpx_client_signs_in(prepared, metadata):
    async with client(prepared, AsyncOAuth2Client) as session:
        address, kept = begin(session, metadata)
        token = await session.fetch_token(
            metadata["token_endpoint"],
            authorization_response=prepared.sign_in(address),
            state=kept["state"],
            code_verifier=kept["code_verifier"],
        )
        assert verified(token, metadata, prepared, kept["nonce"])["sub"] == prepared.user_id
        renewed = await session.refresh_token(metadata["token_endpoint"])
        assert renewed["access_token"] != token["access_token"]


def test_another_verifier_is_refused(prepared, metadata):
    with client(prepared, OAuth2Session) as session:
        address, kept = begin(session, metadata)
        callback = prepared.sign_in(address)
        with pytest.raises(OAuthError) as caught:
            session.fetch_token(
                metadata["token_endpoint"],
                authorization_response=callback,
                state=kept["state"],
                code_verifier=generate_token(48),
            )
        assert caught.value.error == "invalid_grant"


def test_id_token_of_another_key_is_refused(prepared, metadata):
    with client(prepared, OAuth2Session) as session:
        address, kept = begin(session, metadata)
        token = session.fetch_token(
            metadata["token_endpoint"],
            authorization_response=prepared.sign_in(address),
            state=kept["state"],
            code_verifier=kept["code_verifier"],
        )
    header, payload, signature = token["id_token"].split(".")
    changed = dict(token, id_token=f"{header}.{payload}.{'A' * len(signature)}")
    with pytest.raises(BadSignatureError):
        verified(changed, metadata, prepared, kept["nonce"])
