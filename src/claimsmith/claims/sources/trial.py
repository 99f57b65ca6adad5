"""Say that the customer is trying a plan, and until when."""

from collections.abc import Iterable

from claimsmith.claims.model import Claim, Contribution, Omission, TokenContext
from claimsmith.domain.agreement_events import as_of
from claimsmith.domain.token_profiles import TokenKind

NAME = "trial"


def contribute(context: TokenContext) -> Iterable[Contribution]:
    """Contribute `has_trial_period` and `trial_expires_on` (ISO 8601) to users' access tokens, in a trial.

    The trial is that of the organization signed in to if it has an agreement, else of the user. At the
    instant of its end both are gone, whether or not anything else has noticed the end.
    """
    if context.kind is not TokenKind.ACCESS or context.subject is None:
        return
    held = context.held_plans
    for each in held:
        state = as_of(each.agreement, context.instant)
        if state.trial is not None:
            because = f"The plan {state.plan_key} is being tried."
            yield Claim("has_trial_period", True, because, state.id)
            ends_on = state.trial.ends_on.strftime("%Y-%m-%dT%H:%M:%SZ")
            yield Claim("trial_expires_on", ends_on, because, state.id)
            return
    yield Omission(
        "has_trial_period",
        "No plan is being tried." if held else "Neither the user nor the organization has a plan.",
        "Start a trial in the portal, or: POST /api/v1/billing/agreements.",
    )
