"""The editor's form: nothing is hidden, nothing is lost."""

import pytest

from claimsmith.claims.profile_rules import Choice
from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.token_profiles import TokenKind, TokenProfile, default_profile
from claimsmith.edge.console.token_drafts import Option, OptionGroup, option_groups, posted_draft, saved_draft
from claimsmith.edge.page_forms import Form

PROFILE = TokenProfile(
    application_id="a",
    kind=TokenKind.M2M,
    include_api_scopes_in_permissions=True,
    additional_claims=("org_name",),
    feature_flags=("theme", "dark_mode"),
    properties=("region",),
    hasura_mapping=True,
    lifetime_seconds=600,
    size_budget_bytes=1024,
    version=3,
)


@pytest.mark.parametrize("text", ["", "soon", "1.5", "-1", "１２", "9" * 11])
def test_number_that_is_none_is_refused(text):
    form = Form([("flags_choice", "none"), ("lifetime_seconds", text), ("size_budget_bytes", "4096")])
    with pytest.raises(InvalidInput) as refused:
        posted_draft(form).profile(default_profile("a", TokenKind.M2M))
    assert refused.value.field == "lifetime_seconds"


@pytest.mark.parametrize("profile", [PROFILE, default_profile("a", TokenKind.ACCESS)])
def test_what_is_saved_is_what_the_editor_opens_with(profile):
    assert saved_draft(profile).profile(profile) == profile


def test_blocked_choice_is_shown_and_one_that_is_gone_can_be_taken_out():
    choices = [Choice("a", "A"), Choice("b", "B", "No."), Choice("c", "C", "No.")]
    gone = "There is no such property any more; take it out."
    assert option_groups(choices, ("b", "x"), "property") == [
        OptionGroup(None, (Option("a", "A", False),)),
        OptionGroup("No.", (Option("b", "B", True, "No."), Option("c", "C", False, "No."))),
        OptionGroup(gone, (Option("x", "x", True, gone),)),
    ]
    assert [Option("b", "B", True, "No.").is_disabled, Option("c", "C", False, "No.").is_disabled] == [
        False,
        True,
    ]
