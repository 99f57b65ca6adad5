"""Be a client of an issuer over HTTP: discover it, ask for a token, verify it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from claimsmith.cli.advice import again
from claimsmith.cli.failures import CommandFailed

TIMEOUT_SECONDS = 10.0
ALGORITHMS = ("RS256", "ES256", "EdDSA", "Ed25519")


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """Hold the header and claims of a token whose signature, issuer and times hold."""

    header: dict[str, Any]
    claims: dict[str, Any]


class TokenClient:
    """Speak to one issuer. Every failure is a `CommandFailed` that says what the server said."""

    def __init__(self, issuer: str) -> None:
        """Take the issuer's URL."""
        self.issuer = issuer.rstrip("/")
        self._http = httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False)
        self._metadata: dict[str, Any] | None = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self._http.close()

    def metadata(self) -> dict[str, Any]:
        """Return the issuer's metadata (RFC 8414 §3), read once."""
        if self._metadata is None:
            url = f"{self.issuer}/.well-known/openid-configuration"
            found = self._json(self._send("GET", url))
            if found.get("issuer") != self.issuer:
                raise CommandFailed(
                    f"{url} names the issuer {found.get('issuer')!r}, not {self.issuer!r}; "
                    "use the one it names."
                )
            self._metadata = found
        return self._metadata

    def client_credentials(
        self, client_id: str, secret: str, wanted: Mapping[str, str | None]
    ) -> tuple[str, dict[str, Any]]:
        """Return an access token and the whole answer (RFC 6749 §4.4), as `client_secret_post`."""
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        form |= {name: value for name, value in wanted.items() if value}
        answer = self._json(self._send("POST", self.metadata()["token_endpoint"], data=form))
        return str(answer["access_token"]), answer

    def verify(self, token: str) -> VerifiedToken:
        """Verify a token against the issuer's JWKS. Raises `CommandFailed` when it does not hold."""
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        url = self.metadata()["jwks_uri"]
        document: Any = self._json(self._send("GET", url))
        try:
            keys = KeySet.import_key_set(document)
        except (JoseError, LookupError, TypeError, ValueError) as error:
            raise CommandFailed(f"{url} answers with no JWK set (RFC 7517 §5): {error}") from None
        rules = jwt.JWTClaimsRegistry(
            leeway=5, iss={"essential": True, "value": self.issuer}, exp={"essential": True}
        )
        try:
            decoded = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
            rules.validate(decoded.claims)
        except (JoseError, ValueError) as error:
            raise CommandFailed(f"The token does not hold: {error}") from None
        return VerifiedToken(dict(decoded.header), dict(decoded.claims))

    def _send(self, method: str, url: str, **options: Any) -> httpx.Response:
        try:
            return self._http.request(method, url, **options)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise CommandFailed(f"{url!r} is no URL that can be asked: {error}") from None
        except httpx.HTTPError as error:
            raise CommandFailed(
                f"{url} did not answer: {str(error) or type(error).__name__}. Is the server running? "
                f"To start one: {again('serve')}"
            ) from None

    def _json(self, response: httpx.Response) -> dict[str, Any]:
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise CommandFailed(f"{response.request.url} answered {response.status_code} and no JSON object.")
        if response.status_code != httpx.codes.OK:
            raise CommandFailed(_refusal(response, body))
        return body


def _refusal(response: httpx.Response, body: dict[str, Any]) -> str:
    said = body.get("error_description") or body.get("error") or body
    code = f"{body['error']}: " if body.get("error_description") and body.get("error") else ""
    return f"The server refused ({response.status_code}): {code}{said}"
