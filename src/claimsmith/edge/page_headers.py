"""Put the security headers on every page.

The policy allows nothing but our own files: no inline script, no inline style, no frame, no other host.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from starlette.datastructures import MutableHeaders

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


class WithPageHeaders:
    """Wrap an application: its answers get the headers, and are not stored unless they say otherwise.

    One that makes policies of its own keeps them, where an answer has one.
    """

    def __init__(self, application: Asgi, *, keeps_policies: bool = False) -> None:
        """Take the application to wrap."""
        self._application = application
        self._kept = {"Content-Security-Policy"} if keeps_policies else set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one ASGI request."""
        is_https = scope["claimsmith.runtime"].issuer.startswith("https:")

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in PAGE_HEADERS.items():
                    if name not in self._kept or name not in headers:
                        headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
                if is_https:
                    headers["Strict-Transport-Security"] = STRICT_TRANSPORT_SECURITY
            await send(message)

        await self._application(scope, receive, with_headers)
