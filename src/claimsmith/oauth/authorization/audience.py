"""Check the APIs that an access token is to be for (RFC 8707 §2.1).

`audience` comes once, repeated, separated by spaces or empty; `resource` is the standard's name and comes
repeated. An API that the application is not authorized for is refused, not left out: a token without it would
fail later, at the API, where nobody knows why.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from claimsmith.domain.views import ApiGrant, ClientView
from claimsmith.oauth.authorization.asked import Asked, Members
from claimsmith.oauth.errors import InvalidRequest, InvalidTarget, UnauthorizedClient

MOST_AUDIENCES = 20


def check(asked: Asked) -> Members:
    """Raise `UnauthorizedClient` for an audience, `InvalidTarget` for a resource the client may not use."""
    repeated = asked.parameters.repeated
    return {
        "audiences": allowed_audiences(
            asked.client, repeated.get("audience", ()), repeated.get("resource", ())
        )
    }


def allowed_audiences(
    client: ClientView, audience: Sequence[str], resource: Sequence[str]
) -> tuple[str, ...]:
    """Return the audiences of a request without repeats.

    Raises `UnauthorizedClient`, `InvalidTarget`, and `InvalidRequest` for too many.
    """
    audiences = list(dict.fromkeys(part for value in audience for part in value.split()))
    resources = list(dict.fromkeys(resource))
    if len(audiences) + len(resources) > MOST_AUDIENCES:
        raise InvalidRequest(
            f"More than {MOST_AUDIENCES} audiences were asked for.", reason="too_many_audiences"
        )
    found = {each: _resource(client, each) for each in resources}
    found |= {each: _audience(client, each) for each in audiences}
    forms = {(grant.api.signing_algorithm, grant.api.token_shape) for grant in found.values()}
    if len(forms) > 1:
        raise InvalidTarget(
            "The APIs asked for differ in signing algorithm or token shape. Ask for one token for each.",
            reason="audiences_not_combinable",
        )
    return tuple(found)


def _audience(client: ClientView, audience: str) -> ApiGrant:
    grant = client.grants.get(audience)
    if grant is None:
        raise UnauthorizedClient(
            f"The application is not authorized for the audience {audience}. Authorize it for that API.",
            reason="audience_not_authorized",
        )
    return grant


def _resource(client: ClientView, resource: str) -> ApiGrant:
    try:
        is_absolute = bool(urlsplit(resource).scheme) and "#" not in resource
    except ValueError:
        is_absolute = False
    if not is_absolute:
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
