"""Hold an authorization request as it was sent, and what the checks need to judge it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from claimsmith.domain.views import ClientView

Members = Mapping[str, Any]
"""Members of an `AuthorizationRequest`, by name: what one check found out."""

REPEATABLE = frozenset({"audience", "resource"})
TRUE = frozenset({"true", "1"})


@dataclass(frozen=True, slots=True)
class Parameters:
    """Hold the parameters of a request.

    `single` holds the first value of each that is not empty: an empty one counts as absent (RFC 6749 §3.1).
    `repeated` holds all values of those that may repeat, and `twice` the names of others that came twice.
    """

    single: Mapping[str, str]
    repeated: Mapping[str, Sequence[str]] = field(default_factory=dict)
    twice: frozenset[str] = frozenset()

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, str]]) -> "Parameters":
        """Sort name-value pairs."""
        single: dict[str, str] = {}
        repeated: dict[str, list[str]] = {}
        seen: set[str] = set()
        twice: set[str] = set()
        for name, value in pairs:
            if name in REPEATABLE:
                if value:
                    repeated.setdefault(name, []).append(value)
            elif name in seen:
                twice.add(name)
            else:
                seen.add(name)
                if value:
                    single[name] = value
        return cls(single, repeated, frozenset(twice))

    def original(self) -> dict[str, str]:
        """Return every parameter as one text each."""
        joined = {name: " ".join(values) for name, values in self.repeated.items()}
        return {**self.single, **joined}


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold a request whose client and redirect URI are good.

    `verify_hint` returns the claims of an ID token that this environment signed, expired or not, or `None`.
    """

    client: ClientView
    redirect_uri: str
    parameters: Parameters
    verify_hint: Callable[[str], Mapping[str, Any] | None]

    def get(self, name: str) -> str | None:
        """Return a parameter, or `None` when it is absent or empty."""
        return self.parameters.single.get(name)

    def is_true(self, name: str) -> bool:
        """Tell whether a parameter says yes."""
        return (self.get(name) or "").lower() in TRUE
