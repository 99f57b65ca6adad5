"""Compare a code verifier with its challenge (RFC 7636); S256 alone, for `plain` protects from nobody."""

import base64
import hashlib
import hmac
import re

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (§4.2)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def is_verified(challenge: str, verifier: str) -> bool:
    """Tell whether a verifier has the form of §4.1 and belongs to a challenge, in constant time (§4.6)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    return hmac.compare_digest(challenge_of(verifier).encode(), challenge.encode("utf-8", "surrogatepass"))
