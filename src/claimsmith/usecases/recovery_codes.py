"""Make and check recovery codes, for whoever has lost the second factor.

A code is shown once, when it is made. Stored is a MAC that needs the master key: fifty bits would not
withstand guessing if they were only hashed (Y07).
"""

import secrets

from claimsmith.domain.secrets import PlainSecret
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.factor_trials import FactorVerdict, try_factor

HOW_MANY = 10
LENGTH = 10
PURPOSE = "recovery codes"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no letter that is taken for a digit, and none that makes words."""

_READ_AS = str.maketrans("OIL", "011", " -\u00a0\u2010\u2011\u2013")


async def make_recovery_codes(work: Work, context: Context, user_id: str) -> tuple[PlainSecret, ...]:
    """Return ten new codes of a user, as `ABCDE-12345`; all older ones are good no more."""
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(HOW_MANY)]
    await work.recovery_codes.replace(user_id, [_mac(context, user_id, code) for code in codes])
    return tuple(PlainSecret(f"{code[:5]}-{code[5:]}") for code in codes)


async def verify_recovery_code(context: Context, user_id: str, text: str) -> FactorVerdict:
    """Spend a recovery code in place of the second factor."""
    typed = text.upper().translate(_READ_AS)

    async def check() -> bool:
        async with context.storing() as work:
            return await work.recovery_codes.use(user_id, _mac(context, user_id, typed), work.now)

    return await try_factor(context, user_id, check)


def _mac(context: Context, user_id: str, code: str) -> bytes:
    message = f"{user_id}|{code}".encode("utf-8", "surrogatepass")
    return context.platform.macs.of(PURPOSE, context.environment.id, message)
