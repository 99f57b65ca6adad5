"""Describe passkeys, and decide when people are offered one (WebAuthn)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from claimsmith.domain.policies import PasskeyPolicy

METHODS = frozenset({"hwk", "swk"})
"""The `amr` values of a sign-in with a passkey: one that stays in its device, one that is synchronized
(RFC 8176)."""

MOST_PER_USER = 20
LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Passkey:
    """Hold one passkey of a user. `credential_id` is base64url; `sign_count` stays 0 if it does not count."""

    id: str
    user_id: str
    credential_id: str
    public_key: bytes = field(repr=False)
    name: str
    sign_count: int = 0
    transports: Sequence[str] = ()
    is_backed_up: bool = False
    total_sign_ins: int = 0
    last_signed_in_at: datetime | None = None
    created_at: datetime | None = None


def passkey_offered(
    policy: PasskeyPolicy, *, has_passkey: bool, is_declined: bool, methods: Collection[str]
) -> bool:
    """Tell whether somebody who has just signed in is offered a passkey.

    `methods` are what was proved in this very sign-in; of one that goes on from an older session, none.
    """
    if policy.policy == "off" or has_passkey or not methods or METHODS & set(methods):
        return False
    return policy.policy == "mandatory" or not is_declined


def may_decline_passkey(policy: PasskeyPolicy) -> bool:
    """Tell whether the offer of a passkey may be put off."""
    return policy.policy != "mandatory"
