"""Describe what goes back to a client from the authorization endpoint."""

from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class AuthorizationAnswer:
    """Hold an answer to a client whose redirect URI was found good (RFC 6749 §4.1.2, §4.1.2.1).

    `response_mode` is `query` or `form_post`; `parameters` are in the order they are sent.
    """

    redirect_uri: str
    response_mode: str
    parameters: tuple[tuple[str, str], ...]

    @property
    def location(self) -> str:
        """Return the redirect URI with the parameters in its query; what the query held stays (§3.1.2)."""
        if "?" not in self.redirect_uri:
            separator = "?"
        else:
            separator = "" if self.redirect_uri.endswith(("?", "&")) else "&"
        return f"{self.redirect_uri}{separator}{urlencode(self.parameters)}"
