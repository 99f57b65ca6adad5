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

SEALING = "sealing v1"
_MASTER_KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12
_NAME_BYTES = 4


class CannotOpen(ValueError):
    """Say that a sealed value does not open: it was sealed with another master key, moved, or changed."""


class SealedWithAnotherKey(CannotOpen):
    """Say that a sealed value names another master key than the one at hand."""


def derive_key(master_key: bytes, purpose: str) -> bytes:
    """Return the 32-byte subkey of one purpose (HKDF-SHA256, RFC 5869); no two purposes share a key.

    Raises `ValueError` unless the master key has 32 bytes.
    """
    if len(master_key) != _MASTER_KEY_BYTES:
        raise ValueError(f"a master key has {_MASTER_KEY_BYTES} bytes, not {len(master_key)}")
    return HKDF(hashes.SHA256(), 32, salt=None, info=f"claimsmith {purpose}".encode()).derive(master_key)


class Sealer:
    """Seal and open values with a key derived from the master key."""

    def __init__(self, master_key: bytes) -> None:
        """Derive the sealing key from 32 bytes. Raises `ValueError` for another length."""
        derived = derive_key(master_key, SEALING)
        self._cipher = AESGCM(derived)
        self._name = hashlib.sha256(b"name|" + derived).digest()[:_NAME_BYTES]

    @property
    def key_id(self) -> str:
        """Return the 8 hexadecimal characters that name the key inside each value it seals."""
        return self._name.hex()

    def seal(self, plain: bytes, *, context: str) -> SealedValue:
        """Return a value that only this master key opens, and only for the same context.

        `context` says where the value belongs, as `environment|table|column|row`.
        """
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, plain, context.encode())
        return SealedValue(_VERSION + self._name + nonce + sealed)

    def open(self, sealed: SealedValue, *, context: str) -> bytes:
        """Return what was sealed.

        Raises `SealedWithAnotherKey` when the value names another master key, and `CannotOpen` when it was
        changed, cut, or sealed for another context.
        """
        start = len(_VERSION) + _NAME_BYTES
        if sealed[:1] != _VERSION or len(sealed) < start + _NONCE_BYTES:
            raise CannotOpen("This is no sealed value of this version of claimsmith.")
        if sealed[1:start] != self._name:
            raise SealedWithAnotherKey(
                f"This value was sealed with another key: {sealed[1:start].hex()}, not {self.key_id}. "
                "Start with the master key that belongs to this database."
            )
        nonce, body = bytes(sealed[start : start + _NONCE_BYTES]), bytes(sealed[start + _NONCE_BYTES :])
        try:
            return self._cipher.decrypt(nonce, body, context.encode())
        except InvalidTag:
            raise CannotOpen("This sealed value was changed or belongs to another row.") from None
