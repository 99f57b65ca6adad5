"""Read the forms of pages: the console's and those on which people sign in.

They may be larger than a protocol request: a textarea of callback URLs, a checkbox per feature flag.
"""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from starlette.requests import Request

from claimsmith.domain.errors import InvalidInput
from claimsmith.edge.forms import read_body

LARGEST_FORM = 262_144
MOST_FIELDS = 4_096
_TYPE = "application/x-www-form-urlencoded"


class Form:
    """Hold the fields of one form, in their order."""

    def __init__(self, pairs: Sequence[tuple[str, str]] = ()) -> None:
        """Take names with their values; a name may be there several times."""
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def text(self, name: str, default: str = "") -> str:
        """Return one field without white space around it; a field that is not there gives the default."""
        found = self._values.get(name)
        return found[0].strip() if found else default

    def exact(self, name: str) -> str:
        """Return one field as it was typed, for passwords; one that is not there is empty."""
        found = self._values.get(name)
        return found[0] if found else ""

    def texts(self, name: str) -> list[str]:
        """Return every value of a field that can be chosen several times."""
        return list(self._values.get(name, ()))

    def lines(self, name: str) -> list[str]:
        """Return the lines of a field that hold anything."""
        return [line.strip() for line in self.text(name).splitlines() if line.strip()]

    def is_on(self, name: str) -> bool:
        """Tell whether a checkbox is ticked."""
        return name in self._values


async def read_form(request: Request) -> Form:
    """Return the form in the body of a request.

    Raises `InvalidInput` for a body that is no form, `BodyTooLarge`, `BodyTooSlow`, `ConnectionError`.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
        raise InvalidInput(f"The body is no form; send it as {_TYPE}.")
    body = await read_body(request.receive, LARGEST_FORM)
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError:
        raise InvalidInput(f"The form is not UTF-8, or has more than {MOST_FIELDS} fields.") from None
    if any("\x00" in text for pair in pairs for text in pair):
        raise InvalidInput("The form holds a NUL character; remove it.")
    return Form(pairs)


def whole_number(text: str, field: str) -> int:
    """Return the number that a field holds. Raises `InvalidInput` for anything but ASCII digits."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise InvalidInput(f"{text!r} is no whole number; write it in digits.", field=field)
    return int(text)
