"""Show which names, keys, scopes and audiences are accepted, and what the refusal of the others says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.keys_and_names import (
    RESERVED_SCOPES,
    check_audience,
    check_key,
    check_language,
    check_name,
    check_redirect_uri,
    check_scope_key,
    check_switch,
    check_text,
    check_url,
)


def refusal(check, *arguments, **options):
    with pytest.raises(InvalidInput) as refused:
        check(*arguments, **options)
    return refused.value.field, refused.value.code, refused.value.message


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        (None, "NAME_REQUIRED", "name is missing or empty; give it a value."),
        ("", "NAME_REQUIRED", "name is missing or empty; give it a value."),
        ("   ", "NAME_REQUIRED", "name holds only spaces; give a name of 1 to 64 characters."),
        ("a" * 65, "NAME_TOO_LONG", "name has 65 characters; shorten it to 64 at the most."),
        (5, "NAME_INVALID", "name is of type int; give a text."),
        (" Shop", "NAME_INVALID", "name is ' Shop'; remove the space at its ends."),
        (
            "a\nb",
            "NAME_INVALID",
            "name holds the character U+000A at position 2; remove control characters and surrogates.",
        ),
        (
            "a\x00",
            "NAME_INVALID",
            "name holds the character U+0000 at position 2; remove control characters and surrogates.",
        ),
        (
            "\udfff",
            "NAME_INVALID",
            "name holds the character U+DFFF at position 1; remove control characters and surrogates.",
        ),
        (
            "a\u202eb",
            "NAME_INVALID",
            "name is 'a\\u202eb'; remove the characters that turn the text around.",
        ),
    ],
)
def test_a_wrong_name_is_refused(name, code, message):
    assert refusal(check_name, name, "name") == ("name", code, message)


@pytest.mark.parametrize("name", ["a", "a" * 64, "Café 🛒 注文", "a  b"])
def test_a_name_is_returned_unchanged(name):
    assert check_name(name, "name") == name


def test_a_name_may_have_another_limit():
    assert check_name("abcde", "handle", 5) == "abcde"
    assert refusal(check_name, "abcdef", "handle", max=5)[1] == "HANDLE_TOO_LONG"


def test_text_may_be_empty_and_may_have_lines_when_asked():
    assert check_text("", "description") == ""
    assert check_text("a\r\n\tb", "description", 20, multiline=True) == "a\r\n\tb"
    assert refusal(check_text, "a\tb", "description", 20)[1] == "DESCRIPTION_INVALID"
    assert refusal(check_text, "a\x0bb", "description", 20, multiline=True) == (
        "description",
        "DESCRIPTION_INVALID",
        "description holds the character U+000B at position 2; remove control characters other than "
        "line breaks and tabs and surrogates.",
    )


@pytest.mark.parametrize("key", ["a b", "a/b", "é", "a\n", "a\x00", "\uff41"])
def test_a_wrong_key_is_refused(key):
    assert refusal(check_key, key, "key") == (
        "key",
        "KEY_INVALID",
        f"key is {key!r}; use 1 to 64 ASCII letters, digits and the characters _ . : -",
    )


def test_a_key_has_1_to_64_characters():
    assert refusal(check_key, "", "key")[1] == "KEY_REQUIRED"
    assert refusal(check_key, "k" * 65, "key")[1] == "KEY_TOO_LONG"
    assert check_key("kp_usr_city", "key") == "kp_usr_city"
    assert check_key("A-z:0.9_" * 8, "key") == "A-z:0.9_" * 8


@pytest.mark.parametrize("key", ["read orders", 'a"b', "a\\b", "é", "a\tb", "a\n"])
def test_a_scope_outside_the_grammar_is_refused(key):
    assert refusal(check_scope_key, key) == (
        "key",
        "KEY_INVALID",
        f'key is {key!r}; a scope is 1 to 64 printable ASCII characters without spaces, " and \\ '
        "(RFC 6749 section 3.3).",
    )


@pytest.mark.parametrize("key", [*sorted(RESERVED_SCOPES), "OpenID"])
def test_a_reserved_scope_is_refused(key):
    assert refusal(check_scope_key, key) == (
        "key",
        "KEY_RESERVED",
        f"key is {key!r}, a scope name of OpenID Connect; choose another, such as read:{key.lower()}.",
    )


@pytest.mark.parametrize("key", ["read:orders", "orders/*", "!#[]~", "o" * 64, "openid2"])
def test_a_scope_is_returned_unchanged(key):
    assert check_scope_key(key) == key


def test_a_scope_and_an_audience_have_1_to_64_characters():
    assert refusal(check_scope_key, "")[1] == "KEY_REQUIRED"
    assert refusal(check_scope_key, "s" * 65)[1] == "KEY_TOO_LONG"
    assert refusal(check_audience, "")[1] == "AUDIENCE_REQUIRED"
    assert refusal(check_audience, "a" * 65)[1] == "AUDIENCE_TOO_LONG"


@pytest.mark.parametrize("audience", ["a b", "a\tb", "a\x00", "ä", "a\u00a0b"])
def test_a_wrong_audience_is_refused(audience):
    assert refusal(check_audience, audience) == (
        "audience",
        "AUDIENCE_INVALID",
        f"audience is {audience!r}; use 1 to 64 printable ASCII characters without spaces, "
        "such as https://api.example.com.",
    )


@pytest.mark.parametrize("audience", ["orders", "https://api.example.com/v1", "urn:x:y", "a" * 64])
def test_an_audience_is_returned_unchanged(audience):
    assert check_audience(audience) == audience


def test_the_refusal_of_a_uri_names_its_place_in_the_list():
    assert refusal(check_redirect_uri, "/callback", "redirect_uris[3]") == (
        "redirect_uris[3]",
        "REDIRECT_URIS_INVALID",
        "redirect_uris[3] is '/callback'; give an absolute URI, such as https://app.example.com/callback.",
    )
    assert refusal(check_redirect_uri, "", "redirect_uris[0]")[1] == "REDIRECT_URIS_REQUIRED"
    assert refusal(check_redirect_uri, "https://a.example/" + "a" * 2_031, "redirect_uris[0]") == (
        "redirect_uris[0]",
        "REDIRECT_URIS_TOO_LONG",
        "redirect_uris[0] has 2049 characters; shorten it to 2048 at the most.",
    )


def test_a_long_value_is_shortened_in_the_message():
    assert refusal(check_url, "x" * 100, "login_uri") == (
        "login_uri",
        "LOGIN_URI_INVALID",
        f"login_uri is '{'x' * 77}...'; give an absolute URL that begins with https:// or http://.",
    )


@pytest.mark.parametrize("tag", ["en", "pt-BR", "zh-Hant-TW", "de-CH-1996", "x" * 8])
def test_language_tags_are_kept(tag):
    assert check_language(tag, "language_key") == tag


@pytest.mark.parametrize("tag", ["e", "pt_BR", "en-", "-en", "en us", "en\n", "\u0435n", "x" * 9])
def test_what_is_no_language_tag_is_refused(tag):
    assert refusal(check_language, tag, "language_key")[:2] == ("language_key", "LANGUAGE_KEY_INVALID")


@pytest.mark.parametrize("value", [None, 0, 1, "true", "", []])
def test_a_switch_is_true_or_false(value):
    assert refusal(check_switch, value, "is_suspended")[:2] == ("is_suspended", "IS_SUSPENDED_INVALID")
    assert (check_switch(True, "f"), check_switch(False, "f")) == (True, False)


checks = st.sampled_from(
    [
        lambda value: check_name(value, "f"),
        lambda value: check_text(value, "f"),
        lambda value: check_key(value, "f"),
        lambda value: check_language(value, "f"),
        lambda value: check_switch(value, "f"),
        check_scope_key,
        check_audience,
        lambda value: check_redirect_uri(value, "f"),
        lambda value: check_url(value, "f"),
    ]
)
characters = st.characters(exclude_categories=())
values = st.text(characters) | st.none() | st.integers() | st.binary() | st.floats() | st.lists(st.text())


@given(checks, values)
def test_any_value_is_returned_unchanged_or_refused(check, value):
    try:
        assert check(value) == value
    except InvalidInput as refused:
        assert refused.field
        refused.message.encode()
