"""Passwords may be anything long enough that is not tried first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimsmith.crypto.common_passwords import common_passwords
from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.passwords import check_chosen, is_guessable, password_bytes


def test_thirty_thousand_common_passwords_are_known():
    common = common_passwords()
    assert len(common) > 29_000
    assert {"password", "iloveyou", "trustno1", "sunshine"} <= common
    assert all(text == text.lower() for text in common)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "PASSWORD_TOO_SHORT"),
        ("horse!7", "PASSWORD_TOO_SHORT"),
        ("e\u0301" * 7, "PASSWORD_TOO_SHORT"),
        ("x9" * 513, "PASSWORD_TOO_LONG"),
        ("\u00e9" * 513, "PASSWORD_TOO_LONG"),
        ("\ud800 lonely surrogate", "PASSWORD_TOO_LONG"),
        ("password", "PASSWORD_COMMON"),
        ("PassWord", "PASSWORD_COMMON"),
        ("P@ssw0rd", "PASSWORD_COMMON"),
        ("Password123!", "PASSWORD_COMMON"),
        ("2024dragon", "PASSWORD_COMMON"),
        ("sunshine99", "PASSWORD_COMMON"),
        ("12345678", "PASSWORD_COMMON"),
        ("87654321", "PASSWORD_COMMON"),
        ("aaaaaaaaaaaa", "PASSWORD_COMMON"),
        ("abcabcabcabc", "PASSWORD_COMMON"),
        ("abcdefgh", "PASSWORD_COMMON"),
        ("asdfghjkl1234", "PASSWORD_COMMON"),
        ("qwertyuiopasdfgh", "PASSWORD_COMMON"),
        ("1qaz2wsx", "PASSWORD_COMMON"),
    ],
)
def test_refuses_what_is_short_long_or_tried_first(text, code):
    with pytest.raises(InvalidInput) as caught:
        check_chosen(text, "p_first_password", common_passwords())
    assert (caught.value.code, caught.value.field) == (code, "p_first_password")
    assert text in ("", "password") or text not in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "correct horse battery staple",
        "tr0ub4dor&3 is fine",
        "\u30d1\u30b9\u30ef\u30fc\u30c9\u3067\u3059\u306d",
        "        seven spaces more",
        "x9Kf!w2qZ",
        "z" + "y1" * 31 + "0",
        "mein hund heisst otto",
    ],
)
def test_takes_any_characters_without_demanding_a_mixture(text):
    check_chosen(text, "password", common_passwords())


@pytest.mark.parametrize("text", ["ada@example.com", "ADA.lovelace1", "xada.lovelace!", "Lovelace99"])
def test_refuses_what_everybody_knows_of_the_user(text):
    own = ("ada.lovelace@example.com", "ada@example.com", "Ada", "Lovelace")
    assert is_guessable(text, frozenset(), own)
    assert not is_guessable("analytical engine", frozenset(), own)


@given(st.text(max_size=1100))
def test_any_text_has_at_most_1024_bytes_or_none(text):
    taken = password_bytes(text)
    assert taken is None or 0 < len(taken) <= 1024
    is_guessable(text, frozenset())
