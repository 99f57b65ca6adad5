"""Take the plan that somebody chooses on the page of a sign-in. Who is asked is in `sign_up_plans.py`."""

from dataclasses import replace

from claimsmith.domain.errors import InvalidInput
from claimsmith.usecases.sign_in import Onward, SignIn, proceed
from claimsmith.usecases.sign_up_plans import ShownPlan, asked_plan, begin_plan, shown_plans

PLAN_FIELD = "p_plan"


async def plans_of(sign_in: SignIn) -> list[ShownPlan]:
    """Return the plans that the page shows, in the order of the table."""
    async with sign_in.context.reading() as work:
        asked = await asked_plan(work, sign_in.view, sign_in.flow.request, sign_in.state)
        return await shown_plans(work, asked, sign_in.language) if asked else []


async def submit_plan(sign_in: SignIn, plan_key: str) -> Onward:
    """Take the chosen plan. Raises `InvalidInput` for one that the table does not show."""
    context, state = sign_in.context, sign_in.state
    assert state.user_id is not None  # noqa: S101 - only who proved an identity comes here
    # What machines of an organization carry is remembered, so a change of its plan must be heard of.
    is_told = state.organization_code is not None and not state.has_founded_organization
    async with context.changing() if is_told else context.storing() as work:
        asked = await asked_plan(work, sign_in.view, sign_in.flow.request, state)
        if asked is not None:
            if plan_key not in {each.version.plan_key for each in await shown_plans(work, asked, "en")}:
                raise InvalidInput("Choose one of the plans.", field=PLAN_FIELD, code="PLAN_NOT_SHOWN")
            await begin_plan(work, asked, plan_key, state.user_id)
        return await proceed(work, sign_in, replace(state, is_plan_settled=True))


async def submit_no_plan(sign_in: SignIn) -> Onward:
    """Go on without a plan."""
    async with sign_in.context.storing() as work:
        return await proceed(work, sign_in, replace(sign_in.state, is_plan_settled=True))
