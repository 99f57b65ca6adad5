"""Policies are read with their defaults and changed a member at a time."""

from dataclasses import fields

import pytest

from claimsmith.domain.errors import InvalidInput, NotFound
from claimsmith.domain.policies import POLICIES, AccessPolicy, EnvironmentPolicies, RefreshPolicy
from claimsmith.usecases import applications, policies
from tests.support.platform import open_platform


@pytest.fixture
async def opened(tmp_path):
    async with open_platform(tmp_path) as opened:
        yield opened


def test_every_member_is_checked_and_every_policy_is_a_member():
    assert tuple(POLICIES) == tuple(each.name for each in fields(EnvironmentPolicies))
    assert {name: set(checks) for name, checks in policies._CHECKS.items()} == {
        name: {each.name for each in fields(policy)} for name, policy in POLICIES.items()
    }


@pytest.mark.parametrize(
    ("name", "members", "code", "field", "message"),
    [
        (
            "sign_in",
            {},
            "POLICY_NOT_FOUND",
            None,
            "There is no policy 'sign_in'; there are access, protection, mfa, passkeys, refresh, branding.",
        ),
        (
            "refresh",
            {"grace": 3},
            "POLICY_MEMBER_UNKNOWN",
            "grace",
            "The policy 'refresh' has no member 'grace'; it has grace_seconds, absolute_lifetime_seconds.",
        ),
        (
            "refresh",
            {"grace_seconds": 301},
            "INVALID_INPUT",
            "grace_seconds",
            "grace_seconds is 301; choose a whole number from 0 to 300.",
        ),
        (
            "refresh",
            {"grace_seconds": True},
            "INVALID_INPUT",
            "grace_seconds",
            "grace_seconds is True; choose a whole number from 0 to 300.",
        ),
        (
            "access",
            {"is_self_sign_up_allowed": 1},
            "IS_SELF_SIGN_UP_ALLOWED_INVALID",
            "is_self_sign_up_allowed",
            "is_self_sign_up_allowed is of type int; use true or false, or leave it out.",
        ),
        (
            "access",
            {"allowed_domains": "example.com"},
            "INVALID_INPUT",
            "allowed_domains",
            "allowed_domains must be a list of domains such as example.com.",
        ),
        (
            "access",
            {"allowed_domains": ["example.com", "*.example.com"]},
            "INVALID_INPUT",
            "allowed_domains[1]",
            "allowed_domains[1] is '*.example.com'; it must be a domain such as example.com.",
        ),
        (
            "access",
            {"invite_application_id": "0" * 32},
            "INVITE_APPLICATION_UNFIT",
            "invite_application_id",
            f"There is no application '{'0' * 32}'.",
        ),
        (
            "mfa",
            {"enabled_factors": ["mfa:sms"]},
            "FACTOR_NOT_SUPPORTED",
            "enabled_factors[0]",
            "enabled_factors[0] is 'mfa:sms'; use mfa:authenticator_app, mfa:email.",
        ),
        (
            "mfa",
            {"policy": "required", "enabled_factors": []},
            "FACTORS_REQUIRED",
            "enabled_factors",
            "A second factor is required but none is enabled; enable one in enabled_factors.",
        ),
        (
            "passkeys",
            {"policy": "required"},
            "INVALID_INPUT",
            "policy",
            "policy is 'required'; use off, optional, mandatory.",
        ),
    ],
)
async def test_bad_policies_are_refused(opened, name, members, code, field, message):
    context = opened.context()
    with pytest.raises((InvalidInput, NotFound)) as caught:
        await policies.change_policy(context, name, members)
    assert (caught.value.code, caught.value.field, caught.value.message) == (code, field, message)
    assert await policies.get_policies(context) == EnvironmentPolicies()


async def test_invitations_lead_to_an_application_with_a_login_uri(opened):
    context = opened.context()
    made = await applications.create_application(context, name="Site", type="reg")
    members = {"invite_application_id": made.application.id}
    with pytest.raises(InvalidInput) as caught:
        await policies.change_policy(context, "access", members)
    assert caught.value.code == "INVITE_APPLICATION_UNFIT"
    await applications.change_application(
        context, made.application.id, {"login_uri": "https://site.test/login"}
    )
    changed = await policies.change_policy(context, "access", members)
    assert changed == AccessPolicy(invite_application_id=made.application.id)


async def test_change_is_in_the_view_at_once_and_keeps_the_rest(opened):
    context, directory = opened.context(), opened.platform.directory
    runtime = await directory.current(context.environment.id)
    assert runtime.view.policies == EnvironmentPolicies()
    await policies.change_policy(context, "access", {"allowed_domains": ["Example.com", "example.com"]})
    await policies.change_policy(context, "access", {"is_self_sign_up_allowed": False})
    await policies.change_policy(context, "refresh", {"grace_seconds": 0})
    wanted = EnvironmentPolicies(
        access=AccessPolicy(is_self_sign_up_allowed=False, allowed_domains=("example.com",)),
        refresh=RefreshPolicy(grace_seconds=0),
    )
    assert await policies.get_policies(context) == wanted
    assert await policies.get_policy(context, "refresh") == RefreshPolicy(grace_seconds=0)
    assert (await directory.current(context.environment.id)).view.policies == wanted


async def test_rows_of_a_newer_version_are_read(opened):
    context = opened.context()
    async with context.storing() as work:
        await work.policies.put("refresh", {"grace_seconds": 5, "invented_later": 1})
        await work.policies.put("invented_later", {})
    assert await policies.get_policies(context) == EnvironmentPolicies(refresh=RefreshPolicy(5))
