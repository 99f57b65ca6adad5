import hashlib
import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimsmith.crypto.secrets import (
    hash_secret,
    make_client_id,
    make_client_secret,
    make_opaque_token,
    random_hex,
)
from claimsmith.domain.secrets import PlainSecret, SealedValue, SecretHash


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_hash_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"32 bytes, not {size}"):
        SecretHash(bytes(size))


@pytest.mark.parametrize("presented", ["", "secreT", "secret ", "secrét", "\ud800", "\x00", "s" * 100_000])
def test_another_secret_does_not_match_and_raises_nothing_y10(presented: str) -> None:
    stored = hash_secret("secret")
    assert stored.matches(presented) is False
    assert stored.matches(PlainSecret(presented)) is False


@given(st.text(alphabet=st.characters(codec=None)))
def test_every_text_matches_its_own_hash_alone(text: str) -> None:
    assert hash_secret(text).matches(text)
    assert hash_secret(text).matches(PlainSecret(text))
    assert not hash_secret(text).matches(text + "x")


def test_a_hash_is_the_sha_256_of_the_text() -> None:
    """FIPS 180-4, the message "abc"."""
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert bytes(hash_secret("abc")).hex() == expected
    assert hash_secret("é") == hashlib.sha256("é".encode()).digest()
    assert SecretHash.of(PlainSecret("abc")) == SecretHash.of("abc")


@pytest.mark.parametrize(
    ("value", "mask"),
    [
        (PlainSecret("hunter2"), "PlainSecret(***)"),
        (SecretHash(b"hunter2".ljust(32, b"!")), "SecretHash(***)"),
        (SealedValue(b"hunter2"), "SealedValue(7 bytes)"),
    ],
)
def test_nothing_secret_is_printed_or_logged(
    value: object, mask: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    logging.getLogger("any").info("%s %r", value, value)
    assert caplog.messages == [f"{mask} {mask}"]
    printed = [str(value), repr(value), f"{value}", f"{value!s}", "{}".format(value), "%s" % (value,)]  # noqa: UP031, UP032
    assert printed == [mask] * 6
    assert f"{[value]}" == f"[{mask}]"


def test_a_plain_secret_is_revealed_on_demand() -> None:
    assert PlainSecret("hunter2").reveal() == "hunter2"


@pytest.mark.parametrize("text", ["AQI", "AQI=\n", "A QI=", "AQJ=", "+/8=", "é", "*"])
def test_a_text_that_is_no_sealed_value_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"padded base64url|padding|ASCII|multiple of 4"):
        SealedValue.from_text(text)


@given(st.binary(max_size=80))
def test_a_sealed_value_survives_its_text_form(data: bytes) -> None:
    assert SealedValue.from_text(SealedValue(data).to_text()) == data


def test_client_secrets_are_what_the_sdks_accept() -> None:
    """Some SDKs refuse, before any request, a secret that is not 40 to 60 letters and digits."""
    made = {make_client_secret().reveal() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"[a-zA-Z0-9]{52}", secret) for secret in made)


def test_a_token_that_could_be_guessed_is_refused_y05() -> None:
    with pytest.raises(ValueError, match="15 random bytes can be guessed; ask for 16 or more"):
        make_opaque_token("rt", 15)


def test_opaque_tokens_carry_their_prefix_and_enough_randomness_y11() -> None:
    assert re.fullmatch(r"cs_rt_[a-zA-Z0-9]{43}", make_opaque_token("cs_rt").reveal())
    assert re.fullmatch(r"dc_[a-zA-Z0-9]{22}", make_opaque_token("dc", bytes=16).reveal())
    assert len({make_opaque_token("rt").reveal() for _ in range(50)}) == 50
    assert 62**43 >= 256**32
    assert 62**22 >= 256**16


def test_identifiers_are_lower_case_hexadecimal_of_the_length_asked_for() -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", make_client_id())
    assert [len(random_hex(length)) for length in (1, 11, 32)] == [1, 11, 32]
    assert re.fullmatch(r"[0-9a-f]{11}", random_hex(11))
    assert len({make_client_id() for _ in range(50)}) == 50


@pytest.mark.parametrize("length", [0, -1])
def test_no_characters_at_all_are_refused(length: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        random_hex(length)
