"""Hold what a client presented to prove who it is."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credentials:
    """Hold a client id and secret. `by_header` is true when they came in the Authorization header."""

    client_id: str
    secret: str = field(repr=False)
    by_header: bool = False
