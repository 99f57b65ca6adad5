"""A plans file is read into plans, or refused with the key that is wrong and what to write."""

import tomllib
from datetime import UTC, datetime

import pytest

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.gates import CAPABILITIES
from claimsmith.domain.operator_plans import read_plans
from claimsmith.domain.plans import PlanRef, TrialEnd, TrialTerms
from tests.docs.examples import ROOT

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SAMPLE = ROOT / "deploy" / "plans.sample.toml"
FREE = 'default_plan = "free"\n[[plans]]\nkey = "free"\nname = "Free"\n'


def read(text):
    return read_plans(tomllib.loads(text), NOW)


def test_sample_has_the_five_plans_and_the_scopes_switch_from_plus_up():
    plans = read(SAMPLE.read_text())
    assert [each.plan_name for each in plans.newest] == ["Free", "Pro", "Plus", "Scale", "Enterprise"]
    assert plans.default.plan_key == "free"
    having = [each.plan_name for each in plans.including("claims.api_scopes_in_permissions")]
    assert having == ["Plus", "Scale", "Enterprise"]
    assert plans.find("plus").trial == TrialTerms(30, TrialEnd.FALL_BACK)
    assert {each.plan_key: len(each.features) for each in plans.newest} == {
        "free": 1,
        "pro": 4,
        "plus": 8,
        "scale": 9,
        "enterprise": 9,
    }
    assert plans.find("free").features["environments.additional"].limit_max == 1
    assert plans.find("pro").features["environments.additional"].limit_max is None
    assert set(plans.find("enterprise").features) == set(CAPABILITIES)


def test_version_that_was_given_stays_until_the_file_has_it_no_more():
    more = 'includes = ["sign_in.passkeys"]\nversion = 2\n'
    plans = read(FREE + '[[plans]]\nkey = "free"\nname = "Free of charge"\n' + more)
    assert plans.version(PlanRef("free", 1)).plan_name == "Free"
    assert plans.version(PlanRef("free", 2)).plan_name == "Free of charge"
    assert plans.version(PlanRef("free", 3)).number == 2
    assert plans.version(PlanRef("gone", 1)).number == 2
    assert [each.number for each in plans.newest] == [2]


def test_use_of_the_installation_is_limited_softly_until_a_larger_plan_lifts_it():
    key = "usage.monthly_active_users"
    more = f'[[plans]]\nkey = "pro"\nname = "Pro"\nbased_on = "free"\nincludes = ["{key}"]\n'
    plans = read(FREE + f'limits = {{ "{key}" = 1000 }}\n' + more)
    item = plans.default.features[key]
    assert (item.limit_max, item.is_hard, item.feature.is_metered) == (1000, False, True)
    assert (item.feature.name, item.feature.unit) == ("monthly active users", "user")
    assert plans.find("pro").features[key].limit_max is None


def test_charges_are_kept():
    charge = '[[plans.charges]]\nkey = "base"\nname = "Base"\namount = 2500\nannual_amount = 25000\n'
    (kept,) = read(FREE + charge).default.contents.charges
    assert (kept.key, kept.amount, kept.annual_amount, kept.interval) == ("base", 2500, 25000, "month")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "plans lists no plan; write one under [[plans]]."),
        ("plans = 5", "plans lists no plan; write one under [[plans]]."),
        ("plans = [5]", "plans[1] is no table; write it under [[plans]]."),
        (f"plan = 1\n{FREE}", "the file has 'plan', which means nothing there"),
        (
            FREE.replace('"free"', '"fre"', 1),
            "default_plan is 'fre', which is no plan of the file; its plans",
        ),
        (FREE.partition("\n")[2], "default_plan of the file is missing; write a text between quotes."),
        (FREE + "price = 5", "plan free has 'price', which means nothing there; it can have based_on"),
        (FREE.replace('key = "free"', "key = 5"), "key of plan 5 is 5; write a text between quotes."),
        (FREE + 'includes = "passkeys"', 'includes of plan free is no list; write includes = ["NAME", ...].'),
        (
            FREE + 'includes = ["passkeys"]',
            "includes of plan free names 'passkeys', which is no feature; the",
        ),
        (
            FREE + 'limits = { "sign_in.passkeys" = 1 }',
            "limits of plan free limits sign_in.passkeys, which is",
        ),
        (FREE + 'limits = { "environments.additional" = 0 }', "write a whole number from 1 to 1000000000."),
        (FREE + "limits = 5", "limits of plan free is no table"),
        (FREE + "trial = 30", "trial of plan free is no table; write trial = { days = 30"),
        (
            FREE + "trial = { days = 0 }",
            "days of trial of plan free is 0; write a whole number from 1 to 3650.",
        ),
        (FREE + 'trial = { at_end = "stop" }', "at_end in the trial of plan free is 'stop'; use fall_back"),
        (
            FREE + 'interval = "fortnight"',
            "interval of plan free is 'fortnight'; use day, week, month, year.",
        ),
        (FREE + 'based_on = "pro"', "based_on of plan free is 'pro'; name a plan that stands above it"),
        (
            FREE + FREE.partition("\n")[2],
            "plan free is listed twice in version 1; give the newer one the next",
        ),
        (FREE + "version = true", "version of plan free is True; write a whole number from 1"),
        (FREE + "charges = [5]", "charges of plan free is no list of tables"),
        (FREE + "charges = [{ key = 'a', name = 'A' }]", "amount of a charge of plan free is missing"),
        (f'zone = "Mars/Base"\n{FREE}', "zone is 'Mars/Base', which names no time zone"),
    ],
)
def test_wrong_file_is_told_by_key_and_remedy(text, told):
    with pytest.raises(InvalidInput) as caught:
        read(text)
    assert told in caught.value.message
