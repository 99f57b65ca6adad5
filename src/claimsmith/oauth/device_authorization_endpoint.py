"""Judge the request of a device (RFC 8628 §3.1)."""

from claimsmith.domain.applications import ApplicationType
from claimsmith.domain.views import ClientView
from claimsmith.oauth.authorization.audience import allowed_audiences
from claimsmith.oauth.authorization.scope import granted
from claimsmith.oauth.errors import UnauthorizedClient
from claimsmith.oauth.parameters import FormRequest


def asked_by_device(client: ClientView, request: FormRequest) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the OIDC scopes and the audiences that a device asks for.

    Raises `UnauthorizedClient` for an application of another type or an audience, `InvalidTarget`,
    `InvalidScope`.
    """
    kind = client.application.type
    if kind is not ApplicationType.DEVICE:
        raise UnauthorizedClient(
            f"Applications of type {kind.value} cannot ask for device codes; those of type device can.",
            reason="grant_not_allowed",
        )
    repeated = request.repeated
    audiences = allowed_audiences(client, repeated.get("audience", ()), repeated.get("resource", ()))
    return granted(request.single.get("scope", "")), audiences
