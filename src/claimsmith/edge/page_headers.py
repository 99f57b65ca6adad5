"""Put the security headers on every page.

The policy allows nothing but our own files: no inline script, no inline style, no frame, no other host.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


def content_security_policy(*, form_actions: Iterable[str] = (), images: Iterable[str] = ()) -> str:
    """Return the policy of a page, with other origins that its form may lead to and images may come from."""
    shown, led_to = " ".join(["'self'", "data:", *images]), " ".join(["'self'", *form_actions])
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {shown}; connect-src 'self'; "
        f"form-action {led_to}; base-uri 'none'; frame-ancestors 'none'"
    )


CONTENT_SECURITY_POLICY = content_security_policy()
PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
    ),
}
STRICT_TRANSPORT_SECURITY = "max-age=31536000"
_POLICY = b"content-security-policy"
_OVER_ANY = {
    **{name.lower().encode(): value.encode() for name, value in PAGE_HEADERS.items()},
    b"cache-control": b"no-store",
}
_OVER_HTTPS = {**_OVER_ANY, b"strict-transport-security": STRICT_TRANSPORT_SECURITY.encode()}


class WithPageHeaders:
    """Wrap an application: its answers get the headers, and are not stored unless they say otherwise.

    One that makes policies of its own keeps them, where an answer has one.
    """

    def __init__(self, application: Asgi, *, keeps_policies: bool = False) -> None:
        """Take the application to wrap."""
        self._application = application
        self._kept = {_POLICY} if keeps_policies else set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one ASGI request."""
        is_https = scope["claimsmith.runtime"].issuer.startswith("https:")

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": self._headers(message.get("headers", ()), is_https)}
            await send(message)

        await self._application(scope, receive, with_headers)

    def _headers(self, own: Iterable[tuple[bytes, bytes]], is_https: bool) -> list[tuple[bytes, bytes]]:
        there = {name for name, _ in own}
        kept = there & self._kept
        if b"cache-control" in there:
            kept.add(b"cache-control")
        added = _OVER_HTTPS if is_https else _OVER_ANY
        headers = [header for header in own if header[0] in kept or header[0] not in added]
        return headers + [(name, value) for name, value in added.items() if name not in kept]
