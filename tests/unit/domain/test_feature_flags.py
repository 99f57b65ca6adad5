"""Show which texts are flag values, and which value of a flag applies."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.feature_flags import (
    UNSET,
    EvaluatedFlag,
    FeatureFlag,
    FlagType,
    OverrideLevel,
    evaluate,
    may_override,
    parse_value,
    token_member,
    value_text,
)


def flag(level=OverrideLevel.USR, environment_value=UNSET):
    return FeatureFlag(
        id="f1",
        key="page_size",
        name="Page size",
        description=None,
        type=FlagType.INT,
        default_value=1,
        allow_override_level=level,
        environment_value=environment_value,
    )


deep = json.loads("[" * 16 + "]" * 16)


@pytest.mark.parametrize(
    ("type", "raw", "message"),
    [
        ("bool", "yes", "default_value is 'yes'; a boolean flag takes true or false."),
        ("bool", 1, "default_value is of type int; a boolean flag takes true or false."),
        ("bool", None, "default_value is None; a boolean flag takes true or false."),
        ("int", True, "default_value is True; an integer flag takes a number such as 12."),
        ("int", "", "default_value is ''; an integer flag takes a number such as 12."),
        ("int", " 1", "default_value is ' 1'; an integer flag takes a number such as 12."),
        ("int", "1e3", "default_value is '1e3'; an integer flag takes a number such as 12."),
        (
            "int",
            "\uff11\uff12",
            "default_value is '\uff11\uff12'; an integer flag takes a number such as 12.",
        ),
        ("int", "1_000", "default_value is '1_000'; an integer flag takes a number such as 12."),
        ("int", float("nan"), "default_value is nan; an integer flag takes a number such as 12."),
        (
            "int",
            "2147483648",
            "default_value is outside 32 bits; choose a number from -2147483648 to 2147483647.",
        ),
        (
            "int",
            -2147483649,
            "default_value is outside 32 bits; choose a number from -2147483648 to 2147483647.",
        ),
        ("str", 5, "default_value is of type int; a string flag takes a text: put it in quotes."),
        ("str", "a" * 2049, "default_value has 2049 characters; shorten it to 2048 at the most."),
        (
            "str",
            "a\x00b",
            "default_value holds the character U+0000; remove control characters and surrogates.",
        ),
        (
            "str",
            "\ud800",
            "default_value holds the character U+D800; remove control characters and surrogates.",
        ),
        (
            "json",
            "[1]",
            'default_value is not a JSON object; a JSON flag takes one, such as {"limit": 5}.',
        ),
        ("json", 5, 'default_value is not a JSON object; a JSON flag takes one, such as {"limit": 5}.'),
        (
            "json",
            "{",
            "default_value is not JSON: Expecting property name enclosed in double quotes "
            "at line 1, column 2.",
        ),
        (
            "json",
            '{"a":1,"a":2}',
            "default_value holds a key twice in one JSON object; keep one of them.",
        ),
        (
            "json",
            '{"a":{"b":1,"b":1}}',
            "default_value holds a key twice in one JSON object; keep one of them.",
        ),
        ("json", '{"a":NaN}', "default_value holds NaN, which is not JSON; use a number or null."),
        (
            "json",
            '{"a":-Infinity}',
            "default_value holds -Infinity, which is not JSON; use a number or null.",
        ),
        ("json", '{"a":1e999}', "default_value holds a number that is not finite; use a smaller one."),
        (
            "json",
            {"a": float("inf")},
            "default_value holds a number that is not finite; use a smaller one.",
        ),
        (
            "json",
            '{"a":9007199254740992}',
            "default_value holds an integer beyond 9007199254740991, which JSON readers round; "
            "write it as a text in quotes.",
        ),
        (
            "json",
            '{"a":' + "9" * 5000 + "}",
            "default_value holds a number with too many digits; write it as a text in quotes.",
        ),
        (
            "json",
            '{"a":"\\ud800"}',
            "default_value holds a text with NUL or a surrogate; remove it.",
        ),
        ("json", '{"a\\u0000":1}', "default_value holds a text with NUL or a surrogate; remove it."),
        ("json", "\ud800", "default_value holds NUL or a surrogate; remove it."),
        ("json", {"a": deep}, "default_value is nested deeper than 16 levels; flatten it."),
        (
            "json",
            '{"a":' + "[" * 4000 + "]" * 4000 + "}",
            "default_value is nested deeper than 16 levels; flatten it.",
        ),
        ("json", {5: 1}, "default_value holds a key that is not a text; put keys in quotes."),
        (
            "json",
            {"a": object()},
            "default_value holds a value of type object; use only what JSON has.",
        ),
        (
            "json",
            {"a": "b" * 9000},
            "default_value is 9008 bytes of JSON; shorten it to 8192 at the most.",
        ),
        (
            "json",
            '{"a":"' + "b" * 9000 + '"}',
            "default_value is 9008 bytes; shorten it to 8192 at the most.",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_the_remedy(type, raw, message):
    with pytest.raises(InvalidInput) as refused:
        parse_value(FlagType(type), raw, field="default_value")
    assert refused.value.message == message
    assert (refused.value.field, refused.value.code) == ("default_value", "FLAG_VALUE_INVALID")


@pytest.mark.parametrize(
    ("type", "raw", "value"),
    [
        ("bool", "true", True),
        ("bool", "False", False),
        ("bool", False, False),
        ("int", "12", 12),
        ("int", "12.9", 12),
        ("int", "-12.9", -12),
        ("int", "-0.5", 0),
        ("int", 7.9, 7),
        ("int", "-2147483648", -2147483648),
        ("int", "2147483647.99", 2147483647),
        ("str", "", ""),
        ("str", "true", "true"),
        ("json", ' {"a": [1, 2.5, null, {"b": "é"}]} ', {"a": [1, 2.5, None, {"b": "é"}]}),
        ("json", {"a": (1,)}, {"a": [1]}),
        ("json", {"a": deep[0]}, {"a": deep[0]}),
    ],
)
def test_a_wire_text_or_native_value_becomes_a_typed_value(type, raw, value):
    parsed = parse_value(FlagType(type), raw, field="value")
    assert parsed == value
    assert parsed.__class__ is value.__class__


def test_values_are_written_as_wire_text():
    assert value_text(FlagType.BOOL, True) == "true"
    assert value_text(FlagType.BOOL, False) == "false"
    assert value_text(FlagType.INT, -12) == "-12"
    assert value_text(FlagType.STR, "teal") == "teal"
    assert value_text(FlagType.JSON, {"a": [1, None, "é"]}) == '{"a":[1,null,"é"]}'


def test_the_more_particular_value_wins():
    both = flag(environment_value=2)
    assert evaluate(flag()) == EvaluatedFlag("page_size", FlagType.INT, 1, "default")
    assert evaluate(both) == EvaluatedFlag("page_size", FlagType.INT, 2, "environment")
    assert evaluate(both, organization_override=3) == EvaluatedFlag(
        "page_size", FlagType.INT, 3, "organization"
    )
    assert evaluate(both, organization_override=3, user_override=4) == EvaluatedFlag(
        "page_size", FlagType.INT, 4, "user"
    )


def test_a_false_or_zero_override_still_wins():
    assert evaluate(flag(environment_value=0)).value == 0
    assert evaluate(flag(), user_override=None).level == "user"


def test_an_override_that_the_flag_does_not_allow_is_ignored():
    only_environment = flag(OverrideLevel.ENV, 2)
    assert evaluate(only_environment, organization_override=3, user_override=4).level == "environment"
    up_to_organization = flag(OverrideLevel.ORG, 2)
    assert evaluate(up_to_organization, organization_override=3, user_override=4).level == "organization"


def test_each_level_includes_those_before_it():
    allowed = {
        level: [where for where in OverrideLevel if may_override(flag(level), where)]
        for level in OverrideLevel
    }
    assert allowed == {
        OverrideLevel.ENV: [OverrideLevel.ENV],
        OverrideLevel.ORG: [OverrideLevel.ENV, OverrideLevel.ORG],
        OverrideLevel.USR: [OverrideLevel.ENV, OverrideLevel.ORG, OverrideLevel.USR],
    }


@pytest.mark.parametrize(
    ("type", "value", "member"),
    [
        ("bool", True, {"t": "b", "v": True}),
        ("int", 25, {"t": "i", "v": 25}),
        ("str", "teal", {"t": "s", "v": "teal"}),
        ("json", {"a": 1}, {"t": "j", "v": {"a": 1}}),
    ],
)
def test_a_token_carries_the_short_type_and_the_value(type, value, member):
    assert token_member(EvaluatedFlag("k", FlagType(type), value, "default")) == member


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(st.sampled_from(FlagType), json_values | st.text() | st.binary())
def test_any_value_is_refused_or_survives_the_wire(type, raw):
    try:
        value = parse_value(type, raw, field="value")
    except InvalidInput as refused:
        refused.message.encode()
        return
    assert parse_value(type, value_text(type, value), field="value") == value


@given(st.dictionaries(st.text(max_size=5), json_values, max_size=3))
def test_json_text_is_refused_or_survives_the_wire(value):
    try:
        parsed = parse_value(FlagType.JSON, json.dumps(value), field="value")
    except InvalidInput as refused:
        refused.message.encode()
        return
    assert parsed == value
    value_text(FlagType.JSON, parsed).encode()
