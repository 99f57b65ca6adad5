import pytest

from claimsmith.domain.mfa import Factor, FactorType, UserFactors, second_factor_needed
from claimsmith.domain.organization_policies import OrganizationMfa, OrganizationPolicies
from claimsmith.domain.policies import EnvironmentPolicies, MfaPolicy
from claimsmith.domain.sign_in_flows import Step

APP = Factor("mfa_1", "kp_ada", FactorType.AUTHENTICATOR_APP)
MAIL = Factor("mfa_2", "kp_ada", FactorType.EMAIL, "ada@example.com")
BOTH = ("mfa:authenticator_app", "mfa:email")


@pytest.mark.parametrize(
    ("policy", "enabled", "factors", "methods", "step"),
    [
        ("off", BOTH, UserFactors((APP,)), ("pwd",), None),
        ("off", BOTH, UserFactors(), ("pwd",), None),
        ("optional", BOTH, UserFactors(), ("pwd",), Step.MFA_SETUP),
        ("optional", BOTH, UserFactors(is_declined=True), ("pwd",), None),
        ("optional", BOTH, UserFactors((APP,), is_declined=True), ("pwd",), Step.MFA),
        ("optional", BOTH, UserFactors((MAIL,)), ("otp",), Step.MFA),
        ("optional", (), UserFactors(), ("pwd",), None),
        ("required", BOTH, UserFactors(), ("pwd",), Step.MFA_SETUP),
        ("required", BOTH, UserFactors(is_declined=True), ("pwd",), Step.MFA_SETUP),
        ("required", BOTH, UserFactors((APP,)), ("pwd",), Step.MFA),
        ("required", BOTH, UserFactors((APP,)), ("hwk",), Step.MFA),
        ("required", BOTH, UserFactors((APP,)), ("otp",), Step.MFA),
        ("required", BOTH, UserFactors((APP,)), (), Step.MFA),
        ("required", BOTH, UserFactors((APP,)), ("pwd", "otp", "mfa"), None),
        ("required", ("mfa:email",), UserFactors((APP,)), ("pwd",), Step.MFA_SETUP),
        ("required", BOTH, UserFactors(recovery_codes_left=10), ("pwd",), Step.MFA_SETUP),
    ],
)
def test_a_second_factor_is_asked_for(policy, enabled, factors, methods, step):
    assert second_factor_needed(MfaPolicy(policy, enabled), factors, methods) is step


def test_usable_factors_are_had_and_allowed_the_app_first():
    both = UserFactors((MAIL, APP))
    assert both.usable(MfaPolicy("required", BOTH)) == (FactorType.AUTHENTICATOR_APP, FactorType.EMAIL)
    assert both.usable(MfaPolicy("required", ("mfa:email",))) == (FactorType.EMAIL,)


@pytest.mark.parametrize(
    ("environment", "is_enforced", "expected"),
    [("off", False, "off"), ("off", True, "required"), ("required", False, "required")],
)
def test_an_organization_asks_for_more_never_for_less(environment, is_enforced, expected):
    policies = EnvironmentPolicies(mfa=MfaPolicy(environment, BOTH))
    own = OrganizationPolicies(mfa=OrganizationMfa(("mfa:email",), is_recovery_codes_enabled=False))
    assert own.mfa_over(policies, is_enforced=is_enforced) == MfaPolicy(expected, ("mfa:email",), False)
    plain = OrganizationPolicies().mfa_over(policies, is_enforced=is_enforced)
    assert plain == MfaPolicy(expected, BOTH, True)
