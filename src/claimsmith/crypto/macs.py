"""Make message authentication codes with keys that belong to one purpose and one environment each.

What a MAC vouches for need not be stored: whoever holds the master key can make the MAC again. Two purposes,
or two environments, never share a key, so that a value of one is worth nothing as a value of another.
"""

import hashlib
import hmac

from claimsmith.crypto.sealing import derive_key


class Macs:
    """Make HMAC-SHA256 codes with keys derived from the master key (RFC 2104, RFC 5869)."""

    __slots__ = ("_keys", "_master_key")

    def __init__(self, master_key: bytes) -> None:
        """Take the 32 bytes of the master key; keys are derived when they are first needed."""
        self._master_key = master_key
        self._keys: dict[tuple[str, str], bytes] = {}

    def of(self, purpose: str, environment_id: str, message: bytes) -> bytes:
        """Return the 32 bytes that vouch for a message.

        `purpose` is one of the words written in this program, never a text that was sent. Compare the result
        with `hmac.compare_digest`.
        """
        return hmac.digest(self._key(purpose, environment_id), message, hashlib.sha256)

    def _key(self, purpose: str, environment_id: str) -> bytes:
        known = self._keys.get((purpose, environment_id))
        if known is None:
            known = derive_key(self._master_key, f"mac|{purpose}|{environment_id}")
            self._keys[purpose, environment_id] = known
        return known

    def __repr__(self) -> str:
        """Return a mask."""
        return "Macs(***)"
