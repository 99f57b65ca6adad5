"""Serve discovery and the JWKS: bytes that are made once per configuration (RFC 8414, OIDC Discovery 1.0)."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from claimsmith.domain.oidc_scopes import OIDC_SCOPES
from claimsmith.oauth.authorization import prompts, response_mode
from claimsmith.usecases.directory import Runtime
from claimsmith.usecases.keys import JWKS_MAX_AGE_SECONDS

CLAIMS = (
    "iss",
    "sub",
    "aud",
    "azp",
    "iat",
    "exp",
    "auth_time",
    "nonce",
    "at_hash",
    "amr",
    "sid",
    "email",
    "email_verified",
    "name",
    "given_name",
    "family_name",
    "picture",
    "preferred_username",
    "phone_number",
    "updated_at",
    "org_codes",
)
"""The claims of ID tokens and userinfo that a client may be given (OpenID Connect Discovery 1.0 §3)."""
_CACHE = {
    "Cache-Control": f"public, max-age={JWKS_MAX_AGE_SECONDS}",
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
}


def metadata(runtime: Runtime) -> dict[str, Any]:
    """Return the authorization server metadata of an environment: exactly what it can do (RFC 8414 §2)."""
    issuer = runtime.issuer
    methods = ["client_secret_basic", "client_secret_post"]
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth2/auth",
        "device_authorization_endpoint": f"{issuer}/oauth2/device/auth",
        "token_endpoint": f"{issuer}/oauth2/token",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "introspection_endpoint": f"{issuer}/oauth2/introspect",
        "revocation_endpoint": f"{issuer}/oauth2/revoke",
        "grant_types_supported": [
            "client_credentials",
            "authorization_code",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
        "response_types_supported": ["code"],
        "response_modes_supported": list(response_mode.MODES),
        "scopes_supported": list(OIDC_SCOPES),
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "token_endpoint_auth_methods_supported": [*methods, "none"],
        "introspection_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": [*methods, "none"],
    }


def openid_metadata(runtime: Runtime) -> dict[str, Any]:
    """Return the metadata with what OpenID Connect Discovery 1.0 §3 requires beside it.

    `id_token_signing_alg_values_supported` names the algorithm this environment's keys sign ID tokens
    with; `subject_types_supported` is the one kind of subject there is. `request_uri_parameter_supported` has
    to be there because it would be taken for true.
    """
    issuer = runtime.issuer
    return {
        **metadata(runtime),
        "userinfo_endpoint": f"{runtime.issuer}/oauth2/v2/user_profile",
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "prompt_values_supported": list(prompts.WORDS),
        "end_session_endpoint": f"{issuer}/logout",
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "claims_supported": list(CLAIMS),
    }


async def authorization_server(request: Request) -> Response:
    """Answer RFC 8414 §3."""
    return _json(orjson.dumps(metadata(request.scope["claimsmith.runtime"])))


async def openid_configuration(request: Request) -> Response:
    """Answer OpenID Connect Discovery 1.0 §4."""
    return _json(orjson.dumps(openid_metadata(request.scope["claimsmith.runtime"])))


async def jwks(request: Request) -> Response:
    """Answer with the published keys (RFC 7517 §5)."""
    runtime: Runtime = request.scope["claimsmith.runtime"]
    now = request.scope["claimsmith.platform"].now().timestamp()
    return _json(runtime.keys.jwks(now))


def _json(body: bytes) -> Response:
    return Response(body, 200, _CACHE, "application/json")
