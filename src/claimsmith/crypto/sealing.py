"""Seal values at rest with AES-256-GCM (Y08).

A sealed value is one version byte, four bytes that name the key, a 96-bit nonce, and the ciphertext with its
tag. The context (environment, table, column, row) is authenticated, so a value moved elsewhere cannot be
opened there.
"""

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from claimsmith.domain.secrets import SealedValue

_VERSION = b"\x01"
_NONCE_BYTES = 12
_NAME_BYTES = 4


class CannotOpen(ValueError):
    """Say that a sealed value does not open: it was sealed with another master key, moved, or changed."""


class Sealer:
    """Seal and open values with keys derived from the master key."""

    def __init__(self, master_key: bytes) -> None:
        """Derive the sealing key (RFC 5869) from 32 bytes."""
        if len(master_key) != 32:
            raise ValueError("a master key has 32 bytes")
        derived = HKDF(hashes.SHA256(), 32, salt=None, info=b"claimsmith sealing v1").derive(master_key)
        self._cipher = AESGCM(derived)
        self._name = hashlib.sha256(b"name|" + derived).digest()[:_NAME_BYTES]

    def seal(self, plain: bytes, *, context: str) -> SealedValue:
        """Return a value that only this master key opens, and only for the same context."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, plain, context.encode())
        return SealedValue(_VERSION + self._name + nonce + sealed)

    def open(self, sealed: SealedValue, *, context: str) -> bytes:
        """Return what was sealed. Raises `CannotOpen`."""
        start = len(_VERSION) + _NAME_BYTES
        if sealed[:1] != _VERSION or len(sealed) < start + _NONCE_BYTES:
            raise CannotOpen("This is no sealed value of this version of claimsmith.")
        if sealed[1:start] != self._name:
            raise CannotOpen(
                "This value was sealed with another master key. Start with the master key that belongs to "
                "this database."
            )
        nonce, body = bytes(sealed[start : start + _NONCE_BYTES]), bytes(sealed[start + _NONCE_BYTES :])
        try:
            return self._cipher.decrypt(nonce, body, context.encode())
        except InvalidTag:
            raise CannotOpen("This sealed value was changed or belongs to another row.") from None
