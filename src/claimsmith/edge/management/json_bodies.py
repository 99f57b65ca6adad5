"""Read the JSON body of an operation within bounds, before any of it is parsed.

What checks a value walks down into it by recursion: a body that is deeper than any operation asks for must
not get that far, or it ends in a failure of ours instead of a refusal. The form endpoints have their own
bounds in `edge/forms.py`, and uploads theirs beside their operation.
"""

import re

from starlette.requests import Request

from claimsmith.domain.errors import InvalidInput
from claimsmith.edge.forms import BODY_SECONDS, BodyTooLarge, BodyTooSlow, read_body

LARGEST_BODY = 1_048_576
DEEPEST_BODY = 32

_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


class BoundedRequest(Request):
    """Read the body of a request once, and no further than its limits."""

    async def body(self) -> bytes:
        """Return the body. Raises `InvalidInput` for one that is too large, slow or deep, or not UTF-8."""
        if not hasattr(self, "_body"):
            self._body = await self._read()
        return self._body

    async def _read(self) -> bytes:
        try:
            body = await read_body(self.receive, LARGEST_BODY)
        except BodyTooLarge:
            raise InvalidInput(
                f"The body has more than {LARGEST_BODY} bytes; split the change.", code="BODY_TOO_LARGE"
            ) from None
        except BodyTooSlow:
            raise InvalidInput(
                f"The body did not arrive whole within {BODY_SECONDS:g} seconds; send it again.",
                code="BODY_INCOMPLETE",
            ) from None
        # Every JSON text in UTF-16 or UTF-32 has a NUL byte, and none in UTF-8 does (RFC 8259 §8.1).
        if b"\x00" in body:
            raise InvalidInput("The body is not JSON in UTF-8.", code="BODY_NOT_JSON")
        if is_deeper(body, DEEPEST_BODY):
            raise InvalidInput(
                f"The body is nested more than {DEEPEST_BODY} levels deep; no operation asks for that.",
                code="BODY_TOO_DEEP",
            )
        return body


def is_deeper(body: bytes, levels: int) -> bool:
    """Tell whether the arrays and objects of a JSON text are nested deeper than so many levels."""
    level = 0
    for bracket in _BRACKET.finditer(_TEXT.sub(b"", body)):
        level += 1 if bracket[0] in b"[{" else -1
        if level > levels:
            return True
    return False
