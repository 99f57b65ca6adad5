"""Take which organization somebody signs in to, or the name of a new one."""

from dataclasses import dataclass, replace

from claimsmith.domain.errors import InvalidInput, NotPermitted
from claimsmith.domain.organizations import Organization
from claimsmith.domain.properties import PropertyContext
from claimsmith.domain.sign_in_flows import FlowState
from claimsmith.usecases import memberships
from claimsmith.usecases.marketing import keep_marketing, prepare_marketing
from claimsmith.usecases.sign_in import Onward, SignIn, proceed

ORGANIZATION_FIELD = "p_org_code"
NAME_FIELD = "p_org_name"


@dataclass(frozen=True, slots=True)
class Choice:
    """Hold one organization that can be chosen. `is_last` is the one that was used last."""

    organization: Organization
    is_last: bool = False


async def choices(sign_in: SignIn) -> list[Choice]:
    """Return the organizations that somebody who proved an identity may sign in to, the last used first."""
    async with sign_in.context.reading() as work:
        user = await work.users.find(sign_in.state.user_id or "")
        if user is None:
            return []
        found = await memberships.organizations_of(work, user.id)
    usable = [each for each in found if not each.is_suspended]
    every = [Choice(each, each.code == user.last_organization_code) for each in usable]
    return sorted(every, key=lambda each: not each.is_last)


async def submit_organization(sign_in: SignIn, code: str) -> Onward:
    """Take the chosen organization, of which the user must be a member. Raises `InvalidInput`."""
    for choice in await choices(sign_in):
        if choice.organization.code == code:
            async with sign_in.context.storing() as work:
                return await proceed(work, sign_in, _settled(sign_in.state, code))
    raise InvalidInput(
        "Choose one of your organizations.", field=ORGANIZATION_FIELD, code="ORGANIZATION_NOT_CHOSEN"
    )


async def submit_new_organization(sign_in: SignIn, name: str) -> Onward:
    """Create an organization, whose first member is the user. Raises `InvalidInput`, `NotPermitted`.

    The marketing parameters of the request become its `kp_org_...` properties.
    """
    if not sign_in.access.is_organization_creation_allowed:
        raise NotPermitted(
            "Nobody can create an organization here. Ask whoever looks after the application.",
            code="ORGANIZATION_CREATION_CLOSED",
        )
    if not name.strip():
        raise InvalidInput(
            "Give the organization a name.", field=NAME_FIELD, code="ORGANIZATION_NAME_REQUIRED"
        )
    user_id = sign_in.state.user_id
    assert user_id is not None  # noqa: S101 - only who proved an identity comes here
    marketing = sign_in.flow.request.marketing
    await prepare_marketing(sign_in.context, marketing, of=PropertyContext.ORGANIZATION)
    async with sign_in.context.storing() as work:
        try:
            made = await memberships.found_organization(work, user_id, name)
        except InvalidInput as problem:
            raise InvalidInput(problem.message, field=NAME_FIELD, code=problem.code) from None
        await keep_marketing(work, made.code, marketing, of=PropertyContext.ORGANIZATION)
        founded = replace(_settled(sign_in.state, made.code), has_founded_organization=True)
        return await proceed(work, sign_in, founded)


def _settled(state: FlowState, code: str) -> FlowState:
    return replace(state, organization_code=code, is_organization_settled=True)
