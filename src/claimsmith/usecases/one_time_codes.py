"""Make and check one-time codes: six digits, good once, for one purpose and one subject.

A code is short, so its tries are counted before it is compared, and it is stored as a MAC that needs the
master key (Y07). A subject is what the code is bound to: a sign-in flow (and so a browser), never an address.
"""

import hmac
import secrets
from datetime import timedelta

from claimsmith.domain.secrets import PlainSecret
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context

DIGITS = 6
MOST_TRIES = 5
PURPOSE = "one-time codes"


async def issue_code(
    work: Work, context: Context, purpose: str, subject: str, *, lifetime_seconds: int
) -> PlainSecret:
    """Return a new code, stored in place of the one before for this purpose and subject."""
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    await work.one_time_codes.put(
        purpose,
        subject,
        mac=_mac(context, purpose, subject, digits),
        now=work.now,
        expires_at=work.now + timedelta(seconds=lifetime_seconds),
    )
    return PlainSecret(digits)


async def check_code(context: Context, purpose: str, subject: str, text: str) -> bool:
    """Spend a code that is right; tell whether it was.

    Spaces and hyphens in what was typed are passed over. After five tries, right or wrong, the code is dead.
    The try is counted for good before anything is compared, so that guesses in parallel count one by one.
    """
    digits = "".join(character for character in text if character not in " -\u00a0")
    mac = _mac(context, purpose, subject, digits)
    async with context.storing() as work:
        stored = await work.one_time_codes.count_try(purpose, subject, now=work.now, most=MOST_TRIES)
    expected = stored.mac if stored else bytes(32)
    if not hmac.compare_digest(expected, mac) or stored is None:
        return False
    async with context.storing() as work:
        return await work.one_time_codes.spend(purpose, subject, mac=mac, now=work.now)


def _mac(context: Context, purpose: str, subject: str, digits: str) -> bytes:
    message = f"{purpose}|{subject}|{digits}".encode("utf-8", "surrogatepass")
    return context.platform.macs.of(PURPOSE, context.environment.id, message)
