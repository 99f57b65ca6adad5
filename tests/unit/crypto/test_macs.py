"""Codes of one purpose and environment are worth nothing anywhere else."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from claimsmith.crypto.macs import Macs

MASTER = bytes(range(32))


def test_code_is_an_hmac_with_a_derived_key():
    """RFC 2104, RFC 5869: computed here with other means than `derive_key`."""
    info = b"claimsmith mac|refresh token|one"
    key = HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(MASTER)
    expected = hmac.new(key, b"message", hashlib.sha256).digest()
    macs = Macs(MASTER)
    assert macs.of("refresh token", "one", b"message") == expected
    assert macs.of("refresh token", "one", b"message") == expected


def test_purpose_environment_message_and_master_key_all_count():
    codes = {
        Macs(MASTER).of("a", "one", b"m"),
        Macs(MASTER).of("b", "one", b"m"),
        Macs(MASTER).of("a", "two", b"m"),
        Macs(MASTER).of("a", "one", b"n"),
        Macs(bytes(32)).of("a", "one", b"m"),
    }
    assert len(codes) == 5


def test_short_master_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        Macs(b"short").of("a", "one", b"m")


def test_shows_nothing():
    assert repr(Macs(MASTER)) == "Macs(***)"
