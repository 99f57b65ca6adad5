"""Make and check the codes of authenticator apps (RFC 6238): six digits, anew every 30 seconds."""

import base64
import hmac
import re
from datetime import datetime

SEED_BYTES = 20
STEP_SECONDS = 30
STEPS_BESIDE = 1
"""How many steps before and after the present one are good: clocks differ, and typing takes time."""

_CODE = re.compile(r"[0-9]{6}", re.ASCII)
_IGNORED = str.maketrans("", "", " -\u00a0")


def seed_text(seed: bytes) -> str:
    """Return a seed as people type it into an app: base32 without padding."""
    return base64.b32encode(seed).decode("ascii").rstrip("=")


def provisioning_uri(seed: bytes, *, account: str, issuer: str) -> str:
    """Return the `otpauth://` URI that a QR code shows to an app.

    A colon parts issuer and account, so neither holds one.
    """
    import pyotp

    totp = pyotp.TOTP(seed_text(seed))
    return totp.provisioning_uri(name=account.replace(":", " "), issuer_name=issuer.replace(":", " "))


def matching_step(seed: bytes, text: str, now: datetime) -> int | None:
    """Return the time step that a typed code belongs to, or `None` when it is good for none.

    Every candidate is computed and compared, whatever was typed.
    """
    typed = text.translate(_IGNORED)
    import pyotp

    generator = pyotp.TOTP(seed_text(seed))
    present = int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in range(present - STEPS_BESIDE, present + STEPS_BESIDE + 1):
        expected = generator.generate_otp(step)
        if hmac.compare_digest(expected.encode(), typed.encode("utf-8", "surrogatepass")):
            found = step
    return found if _CODE.fullmatch(typed) else None
