"""Hold the parameters of a form request to a protocol endpoint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from claimsmith.oauth.errors import InvalidRequest

REPEATABLE = frozenset({"audience", "resource"})
"""The parameters that may come several times: `resource` by RFC 8707 §2, `audience` as its equal."""


@dataclass(frozen=True, slots=True)
class FormRequest:
    """Hold a form request: its parameters, its Authorization headers, and the address it came from.

    `single` holds each parameter that came once with a non-empty value; RFC 6749 §3.2 treats a parameter
    without a value as absent. `repeated` holds the values of those that may repeat.
    """

    single: Mapping[str, str]
    repeated: Mapping[str, Sequence[str]] = field(default_factory=dict)
    authorization: Sequence[str] = ()
    address: str = ""

    def required(self, name: str) -> str:
        """Return a parameter that must be there. Raises `InvalidRequest`."""
        value = self.single.get(name)
        if value is None:
            raise InvalidRequest(f"The parameter {name} is missing.", reason="parameter_missing")
        return value


def collect(pairs: Sequence[tuple[str, str]]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Sort name-value pairs into single and repeated ones.

    Raises `InvalidRequest` when a parameter comes twice that must not (RFC 6749 §3.2).
    """
    single: dict[str, str] = {}
    seen: set[str] = set()
    repeated: dict[str, list[str]] = {}
    for name, value in pairs:
        if name in REPEATABLE:
            if value:
                repeated.setdefault(name, []).append(value)
            continue
        if name in seen:
            raise InvalidRequest(
                f"The parameter {name} was sent more than once. Send each parameter once.",
                reason="parameter_repeated",
            )
        seen.add(name)
        if value:
            single[name] = value
    return single, repeated
