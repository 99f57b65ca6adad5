"""Find out which client asks, and where it may be answered. Until both are good, nothing is redirected.

Whatever is wrong here becomes a page (RFC 6749 §3.1.2.4, §4.1.2.1): an answer to an address that nobody
registered would make this server an open redirector.
"""

from claimsmith.domain.redirect_uris import RedirectMatch, match_redirect_uri
from claimsmith.domain.uris import shown
from claimsmith.domain.views import ClientView
from claimsmith.oauth.authorization.asked import Parameters
from claimsmith.oauth.errors import InvalidRequest


def named_client(parameters: Parameters) -> str:
    """Return the client id that a request names. Raises `InvalidRequest`."""
    for name in ("client_id", "redirect_uri"):
        if name in parameters.twice:
            raise InvalidRequest(
                f"The parameter {name} was sent more than once. Send each parameter once.",
                reason="parameter_repeated",
            )
    client_id = parameters.single.get("client_id")
    if client_id is None:
        raise InvalidRequest("The parameter client_id is missing.", reason="parameter_missing")
    return client_id


def unknown_client() -> InvalidRequest:
    """Return the refusal of a client that is not there."""
    return InvalidRequest(
        "No application has this client_id. Check the client id and the environment.", reason="client_unknown"
    )


def matched_redirect(client: ClientView, parameters: Parameters) -> tuple[str, RedirectMatch]:
    """Return the redirect URI of a request and how it matches one registered. Raises `InvalidRequest`."""
    application = client.application
    sent = parameters.single.get("redirect_uri")
    if sent is None:
        raise InvalidRequest(
            "The parameter redirect_uri is missing.", reason="parameter_missing", client_id=application.id
        )
    match = match_redirect_uri(
        sent,
        application.redirect_uris,
        is_public=not application.type.is_confidential,
        is_production=client.environment.environment.is_production,
    )
    if match is None:
        raise unknown_redirect(application.id, sent)
    return sent, match


def unknown_redirect(client_id: str, sent: str) -> InvalidRequest:
    """Return the refusal of a redirect URI that is not registered, or not for what was asked."""
    return InvalidRequest(
        "The redirect_uri is not one that is registered for this application. Register exactly this URI as "
        "an allowed callback URL.",
        reason="redirect_uri_unknown",
        detail=shown(sent),
        client_id=client_id,
    )
