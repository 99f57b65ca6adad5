"""Grant a machine a token for itself (RFC 6749 §4.4, RFC 8707 §2)."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from claimsmith.domain.applications import ApplicationType
from claimsmith.domain.token_profiles import TokenKind
from claimsmith.domain.views import ApiGrant, ClientView
from claimsmith.oauth.errors import InvalidRequest, InvalidTarget, UnauthorizedClient
from claimsmith.oauth.issue import Authorization
from claimsmith.oauth.parameters import FormRequest
from claimsmith.oauth.scopes import grant_scopes, parse_scope

GRANT_TYPE = "client_credentials"
MOST_AUDIENCES = 20


def memo_key(request: FormRequest) -> tuple[object, ...]:
    """Return what the authorization depends on beside the client."""
    single, repeated = request.single, request.repeated
    if not repeated:
        return (GRANT_TYPE, single.get("scope", ""))
    return (
        GRANT_TYPE,
        single.get("scope", ""),
        tuple(repeated.get("audience", ())),
        tuple(repeated.get("resource", ())),
    )


def authorize(client: ClientView, request: FormRequest) -> Authorization:
    """Return the right to a machine's token.

    Raises `UnauthorizedClient` for a client that may not use this grant or an audience; `InvalidTarget` for
    a bad resource; `InvalidRequest` without an audience when there is no single one to assume;
    `InvalidScope`.
    """
    return authorize_for(
        client,
        audiences=words(request.repeated.get("audience", ())),
        resources=request.repeated.get("resource", ()),
        scope=request.single.get("scope", ""),
    )


def authorize_for(
    client: ClientView, *, audiences: Sequence[str], resources: Sequence[str] = (), scope: str = ""
) -> Authorization:
    """Do what `authorize` does for parameters already taken apart (preview)."""
    _check_client(client)
    apis = _apis(client, audiences, resources)
    return Authorization(
        client=client,
        kind=TokenKind.M2M,
        grant_type=GRANT_TYPE,
        apis=apis,
        scopes=grant_scopes(apis, parse_scope(scope)),
    )


def words(values: Sequence[str]) -> list[str]:
    """Return the audiences of repeated and space-separated parameters, without repeats."""
    return list(dict.fromkeys(part for value in values for part in value.split()))


def _check_client(client: ClientView) -> None:
    application = client.application
    if application.type not in (ApplicationType.M2M, ApplicationType.REG):
        raise UnauthorizedClient(
            f"Applications of type {application.type.value} cannot use client_credentials; m2m and reg can.",
            reason="grant_not_allowed",
        )
    if client.organization is not None and client.organization.is_suspended:
        raise UnauthorizedClient(
            "The organization this application belongs to is suspended.", reason="organization_suspended"
        )


def _apis(client: ClientView, audiences: Sequence[str], resources: Sequence[str]) -> tuple[ApiGrant, ...]:
    if not audiences and not resources:
        return (_only_api(client),)
    if len(audiences) + len(resources) > MOST_AUDIENCES:
        raise InvalidRequest(
            f"More than {MOST_AUDIENCES} audiences were asked for.", reason="too_many_audiences"
        )
    found: dict[str, ApiGrant] = {}
    for resource in resources:
        found[resource] = _resource(client, resource)
    for audience in audiences:
        grant = client.grants.get(audience)
        if grant is None:
            raise UnauthorizedClient(
                f"The application is not authorized for the audience {audience}. Authorize it for that API.",
                reason="audience_not_authorized",
            )
        found[audience] = grant
    return tuple(found.values())


def _only_api(client: ClientView) -> ApiGrant:
    if len(client.grants) != 1:
        raise InvalidRequest(
            "The parameter audience is missing, and the application is authorized for "
            f"{len(client.grants)} APIs. Send the audience of the API that the token is for.",
            reason="audience_missing",
        )
    return next(iter(client.grants.values()))


def _resource(client: ClientView, resource: str) -> ApiGrant:
    try:
        parts = urlsplit(resource)
        absolute = bool(parts.scheme) and not parts.fragment and "#" not in resource
    except ValueError:
        absolute = False
    if not absolute:
        raise InvalidTarget(
            "A resource must be an absolute URI without a fragment (RFC 8707 section 2).",
            reason="resource_malformed",
        )
    grant = client.grants.get(resource)
    if grant is None:
        raise InvalidTarget(
            f"The application is not authorized for the resource {resource}. Authorize it for that API.",
            reason="resource_not_authorized",
        )
    return grant
