"""Identities have one compared form, and nothing that looks like another passes for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.identities import domain_of, identity_type, identity_value
from claimsmith.domain.users import IdentityType

EMAIL, USERNAME, PHONE = IdentityType.EMAIL, IdentityType.USERNAME, IdentityType.PHONE


@pytest.mark.parametrize(
    ("type", "text", "value", "shown"),
    [
        (EMAIL, "Sally@Example.COM", "sally@example.com", "Sally@Example.COM"),
        (EMAIL, "  a.b+c@sub.example.co.uk\n", "a.b+c@sub.example.co.uk", "a.b+c@sub.example.co.uk"),
        (EMAIL, "o'neil@example.com", "o'neil@example.com", "o'neil@example.com"),
        (EMAIL, "a@xn--bcher-kva.example", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        (EMAIL, f"{'a' * 64}@example.com", f"{'a' * 64}@example.com", f"{'a' * 64}@example.com"),
        (USERNAME, "Ada_L-1", "ada_l-1", "Ada_L-1"),
        (USERNAME, "ab", "ab", "ab"),
        (PHONE, "+61 491 570 156", "+61491570156", "+61491570156"),
        (PHONE, "+1 (202) 555-0143", "+12025550143", "+12025550143"),
    ],
)
def test_gives_the_compared_and_the_shown_form(type, text, value, shown):
    assert identity_value(type, text) == (value, shown)


@pytest.mark.parametrize(
    ("type", "text", "code"),
    [
        *(
            (type, text, f"{type.value.upper()}_REQUIRED")
            for type in IdentityType
            for text in ("", "  ", None)
        ),
        *(
            (EMAIL, text, "EMAIL_INVALID")
            for text in (
                "sally",
                "@example.com",
                "sally@",
                "sally@example",
                "sally@@example.com",
                "sally @example.com",
                "sally@exam ple.com",
                ".sally@example.com",
                "sally.@example.com",
                "sal..ly@example.com",
                "sally@-example.com",
                "sally@example-.com",
                "sally@example..com",
                "sally@example.com.",
                "sally@127.0.0.1",
                "sally@[127.0.0.1]",
                '"sally"@example.com',
                "sally@example.com\nbcc:other@example.com",
                "sally@example.com,other@example.com",
                "Sally <sally@example.com>",
                "sally\x00@example.com",
                "s\u0430lly@example.com",  # Cyrillic a
                "sally@ex\u0430mple.com",
                "\u212aate@example.com",  # the Kelvin sign, whose lower case is k
                "sally@exa\u017fmple.com",
                f"{'a' * 65}@example.com",
                f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 63}.com",
            )
        ),
        *(
            (USERNAME, text, "USERNAME_INVALID")
            for text in ("a", "a" * 65, "ada lovelace", "ada@home", "ad\u00e4", "\u212aate", "a/b", "a.b")
        ),
        *(
            (PHONE, text, "PHONE_INVALID")
            for text in (
                "0491570156",
                "61491570156",
                "+0491570156",
                "+61",
                "+123456",
                "+1234567890123456",
                "+61x491570156",
                "+\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668",  # Arabic digits
                "++61491570156",
            )
        ),
    ],
)
def test_refuses_what_is_none(type, text, code):
    with pytest.raises(InvalidInput) as caught:
        identity_value(type, text)
    assert (caught.value.code, caught.value.field) == (code, type.value)


def test_the_field_can_be_named():
    with pytest.raises(InvalidInput) as caught:
        identity_value(EMAIL, "sally", "identities[2].details.email")
    assert caught.value.field == "identities[2].details.email"


@given(st.sampled_from(list(IdentityType)), st.text(max_size=80))
def test_any_text_is_refused_or_has_a_form_that_is_its_own(type, text):
    try:
        value, shown = identity_value(type, text)
    except InvalidInput:
        return
    assert identity_value(type, value) == (value, value)
    assert identity_value(type, shown) == (value, shown)
    assert value.isascii()


def test_types_go_by_their_words():
    assert [identity_type(word) for word in ("email", "username", "phone")] == [EMAIL, USERNAME, PHONE]
    with pytest.raises(InvalidInput) as caught:
        identity_type("oauth2:google")
    assert (caught.value.code, caught.value.field) == ("IDENTITY_TYPE_INVALID", "type")


def test_the_domain_of_an_address_follows_its_last_at():
    assert domain_of("sally@example.com") == "example.com"
