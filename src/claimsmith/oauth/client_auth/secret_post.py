"""Read client credentials from the request body (RFC 6749 §2.3.1)."""

from collections.abc import Mapping

from claimsmith.oauth.client_auth.credentials import Credentials


def read(parameters: Mapping[str, str]) -> Credentials | None:
    """Return the credentials of the body, or `None` when it has no `client_id`.

    A body without `client_secret` gives an empty secret, which matches none.
    """
    client_id = parameters.get("client_id")
    if client_id is None:
        return None
    return Credentials(client_id, parameters.get("client_secret", ""))
