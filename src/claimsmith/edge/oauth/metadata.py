"""Serve discovery and the JWKS: bytes that are made once per configuration (RFC 8414, OIDC Discovery 1.0)."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from claimsmith.oauth.authorization import prompts, response_mode, scope
from claimsmith.usecases.directory import Runtime
from claimsmith.usecases.keys import JWKS_MAX_AGE_SECONDS

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
        "token_endpoint": f"{issuer}/oauth2/token",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "introspection_endpoint": f"{issuer}/oauth2/introspect",
        "revocation_endpoint": f"{issuer}/oauth2/revoke",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": ["code"],
        "response_modes_supported": list(response_mode.MODES),
        "scopes_supported": list(scope.OIDC_SCOPES),
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "token_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
    }


def openid_metadata(runtime: Runtime) -> dict[str, Any]:
    """Return the metadata with what OpenID Connect Discovery 1.0 §3 requires beside it.

    `id_token_signing_alg_values_supported` names the algorithm this environment's keys would sign ID tokens
    with; `subject_types_supported` is the one kind of subject there is. `request_uri_parameter_supported` has
    to be there because it would be taken for true.
    """
    return {
        **metadata(runtime),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "prompt_values_supported": list(prompts.WORDS),
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
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
