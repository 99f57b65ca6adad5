import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimsmith.crypto.sealing import CannotOpen, SealedWithAnotherKey, Sealer, derive_key
from claimsmith.domain.secrets import SealedValue

MASTER = bytes(range(32))
CONTEXT = "env_1|signing_keys|private|kid_1"
SEALER = Sealer(MASTER)


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_a_master_key_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"32 bytes, not {size}"):
        Sealer(bytes(size))


@pytest.mark.parametrize(
    "context",
    [
        "",
        "env_2|signing_keys|private|kid_1",
        "env_1|signing_keys|private|kid_2",
        CONTEXT + "|",
        CONTEXT.upper(),
    ],
)
def test_a_value_moved_to_another_row_does_not_open_y08(context: str) -> None:
    sealed = SEALER.seal(b"private", context=CONTEXT)
    with pytest.raises(CannotOpen, match="changed or belongs to another row") as refused:
        SEALER.open(sealed, context=context)
    assert not isinstance(refused.value, SealedWithAnotherKey)


def test_a_wrong_master_key_is_told_apart_from_a_changed_value() -> None:
    other = Sealer(bytes(32))
    sealed = other.seal(b"private", context=CONTEXT)
    with pytest.raises(SealedWithAnotherKey) as refused:
        SEALER.open(sealed, context=CONTEXT)
    assert str(refused.value) == (
        f"This value was sealed with another key: {other.key_id}, not {SEALER.key_id}. "
        "Start with the master key that belongs to this database."
    )


def test_a_value_with_any_byte_changed_does_not_open() -> None:
    sealed = SEALER.seal(b"private", context=CONTEXT)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(CannotOpen) as refused:
            SEALER.open(SealedValue(changed), context=CONTEXT)
        assert isinstance(refused.value, SealedWithAnotherKey) is (1 <= position <= 4)


def test_a_value_that_was_cut_or_lengthened_does_not_open() -> None:
    sealed = SEALER.seal(b"private", context=CONTEXT)
    for wrong in [sealed[:size] for size in range(len(sealed))] + [sealed + b"\x00"]:
        with pytest.raises(CannotOpen):
            SEALER.open(SealedValue(wrong), context=CONTEXT)


@given(st.binary(max_size=200))
def test_bytes_that_nobody_sealed_do_not_open(data: bytes) -> None:
    with pytest.raises(CannotOpen):
        SEALER.open(SealedValue(data), context=CONTEXT)


@given(st.binary(max_size=3000), st.text(st.characters(codec="utf-8"), max_size=60))
def test_what_was_sealed_opens_in_its_place(plain: bytes, context: str) -> None:
    assert Sealer(MASTER).open(SEALER.seal(plain, context=context), context=context) == plain


def test_the_same_value_is_never_sealed_to_the_same_bytes() -> None:
    sealed = [SEALER.seal(b"private", context=CONTEXT) for _ in range(200)]
    assert len({value[5:17] for value in sealed}) == 200
    assert all(b"private" not in value for value in sealed)


def test_the_stored_form_does_not_change_between_versions() -> None:
    """A database written by the first version opens: `01`, key name, nonce, ciphertext with tag."""
    stored = SealedValue.from_text("Ab5Xdo05T2Se2U4A0AuVdcSH_hHC5xxL5EIYSWMsMg9ZjipmMeeeMQ==")
    assert stored[:1] == b"\x01"
    assert stored[1:5].hex() == SEALER.key_id == "be57768d"
    assert SEALER.open(stored, context=CONTEXT) == b"private"


def test_subkeys_are_hkdf_and_differ_by_purpose() -> None:
    """RFC 5869 §2 worked out with HMAC alone: no salt, one block of 32 bytes."""
    extracted = hmac.digest(bytes(32), MASTER, hashlib.sha256)
    for purpose in ("sealing v1", "cookies v1"):
        expected = hmac.digest(extracted, f"claimsmith {purpose}".encode() + b"\x01", hashlib.sha256)
        assert derive_key(MASTER, purpose) == expected
    assert SEALER.key_id == hashlib.sha256(b"name|" + derive_key(MASTER, "sealing v1")).hexdigest()[:8]
