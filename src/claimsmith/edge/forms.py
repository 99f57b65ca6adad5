"""Read the body of a form request to a protocol endpoint, strictly.

The limits are 16 KiB, 64 parameters, UTF-8 only, `application/x-www-form-urlencoded` only.
"""

import asyncio
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

from claimsmith.oauth.errors import InvalidRequest
from claimsmith.oauth.parameters import FormRequest, collect

LARGEST_BODY = 16_384
MOST_PARAMETERS = 64
BODY_SECONDS = 10.0
_FORM = b"application/x-www-form-urlencoded"

Headers = Iterable[tuple[bytes, bytes]]


class BodyTooLarge(Exception):
    """Say that a request body passes the limit."""


class BodyTooSlow(Exception):
    """Say that a request body did not arrive in time."""


async def read_body(receive: Any, limit: int = LARGEST_BODY) -> bytes:
    """Return the body of a request. Raises `BodyTooLarge`, `BodyTooSlow`, `ConnectionError`."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise BodyTooLarge
        return body
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read_rest(receive, message, limit)
    except TimeoutError:
        raise BodyTooSlow from None


async def _read_rest(receive: Any, message: Any, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client left before its request was complete")
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise BodyTooLarge
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()


def form_request(headers: Headers, body: bytes, address: str) -> FormRequest:
    """Return the form of a request. Raises `InvalidRequest` for what is not a plain form."""
    authorization: list[str] = []
    content_type = b""
    for name, value in headers:
        if name == b"content-type":
            content_type = value
        elif name == b"authorization":
            authorization.append(value.decode("latin-1"))
        elif name == b"content-encoding" and value.lower() != b"identity":
            raise InvalidRequest(
                "The body is compressed. Send it as it is, without Content-Encoding.", reason="body_encoded"
            )
    _check_content_type(content_type)
    single, repeated = collect(parse_form(body))
    return FormRequest(single, repeated, authorization, address)


def _check_content_type(value: bytes) -> None:
    media_type, _, parameters = value.partition(b";")
    if media_type.strip().lower() != _FORM:
        raise InvalidRequest(
            "The content type must be application/x-www-form-urlencoded.", reason="content_type_wrong"
        )
    if b"charset" in parameters.lower() and b"utf-8" not in parameters.lower():
        raise InvalidRequest("The charset of the form must be UTF-8.", reason="content_type_wrong")


def parse_form(body: bytes) -> list[tuple[str, str]]:
    """Return the name-value pairs of an `application/x-www-form-urlencoded` body, in their order.

    Raises `InvalidRequest` for text that is not UTF-8, holds a NUL, or has more than 64 parameters.
    """
    if not body:
        return []
    try:
        parts = body.decode("utf-8").split("&")
        if len(parts) > MOST_PARAMETERS:
            raise InvalidRequest(
                f"The form has more than {MOST_PARAMETERS} parameters.", reason="too_many_parameters"
            )
        pairs = [_pair(part) for part in parts if part]
    except UnicodeDecodeError:
        raise InvalidRequest("The form is not UTF-8.", reason="form_not_utf8") from None
    if b"\x00" in body or b"%00" in body:
        raise InvalidRequest("The form holds a NUL character.", reason="form_not_utf8")
    return pairs


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    if "%" in part or "+" in part:
        return _decoded(name), _decoded(value)
    return name, value


def _decoded(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    return unquote_to_bytes(text).decode("utf-8") if "%" in text else text
