"""Describe signing keys as they are stored: public part in clear, private part sealed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from claimsmith.domain.apis import SigningAlgorithm


@dataclass(frozen=True, slots=True)
class StoredKey:
    """Hold one signing key of one environment.

    It is published from `created_at`, signs from `signs_from` until a newer key of its algorithm does, and
    disappears from the JWKS at `retires_at` (`None` while no newer key exists). `needed_until` is when the
    last token of a lifetime that was shortened since expires.
    """

    kid: str
    algorithm: SigningAlgorithm
    public_jwk: Mapping[str, Any]
    sealed_private_key: str
    created_at: datetime
    signs_from: datetime
    retires_at: datetime | None = None
    needed_until: datetime | None = None
