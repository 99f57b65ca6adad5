"""Say what the customer's plan includes."""

from collections.abc import Iterable

from claimsmith.claims.model import Claim, Contribution, Omission, TokenContext
from claimsmith.domain.entitlements import Entitlements
from claimsmith.domain.token_profiles import TokenKind

NAME = "entitlements"


def contribute(context: TokenContext) -> Iterable[Contribution]:
    """Contribute `entitlements`, `{feature: limit or true}`, to access and M2M tokens whose profile asks.

    They are those of the organization if it has an agreement, else of the user; of a machine, those of the
    organization that it belongs to. What has fallen due until the instant of issue counts.
    """
    if context.kind is TokenKind.ID or (context.subject is None and context.organization is None):
        return
    if NAME not in context.profile.additional_claims:
        yield Omission(
            NAME, "The token profile does not ask for it.", "Add entitlements to additional_claims."
        )
        return
    entitled = Entitlements.of(context.held_plans, context.instant)
    if not entitled.plans:
        yield Omission(NAME, *_nothing(context, entitled))
        return
    plan = entitled.plans[0]
    yield Claim(
        NAME,
        entitled.compact(),
        f"The token profile asks for it; the plan {plan.key} has been in force since "
        f"{plan.subscribed_on.date().isoformat()}.",
        plan.agreement.id,
    )
    for left in entitled.left:
        for key in sorted(left.version.features.keys() - entitled.items.keys()):
            yield Omission(
                f"{NAME}.{key}",
                f"The plan {plan.key} does not include it; it was in {left.version.plan_key}, which was left "
                f"on {left.on.date().isoformat()}.",
                "Choose a plan that includes it: POST /api/v1/billing/agreements.",
            )


def _nothing(context: TokenContext, entitled: Entitlements) -> tuple[str, str]:
    fix = "Give the customer a plan: POST /api/v1/billing/agreements."
    if entitled.left:
        left = entitled.left[0]
        return f"The plan {left.version.plan_key} was left on {left.on.date().isoformat()}.", fix
    if context.held_plans:
        return "The agreement is paused.", "Choose a plan, or resume the agreement."
    if context.subject is None:
        return "The organization has no plan.", fix
    return "Neither the user nor the organization signed in to has a plan.", fix
