"""Take the answer to an invitation: it leads to the account of the address, or to a new one."""

from dataclasses import replace

from claimsmith.domain.errors import NotFound
from claimsmith.domain.sign_in_flows import FlowState, Step
from claimsmith.domain.users import IdentityType
from claimsmith.usecases.sign_in import INVITATION_ANSWERED, Onward, SignIn, move, proceed
from claimsmith.usecases.sign_in_identities import submit_identity


async def submit_invitation(sign_in: SignIn) -> Onward:
    """Accept an invitation: sign in with the address it is for, or sign up with it.

    Whoever holds the code of an invitation may know whether its address has an account. The address must be
    proved before the invitation counts; whoever is signed in with it has done so. Raises `NotFound` for an
    invitation that cannot be accepted any more.
    """
    invited = sign_in.invited
    if invited is None:
        raise NotFound(
            "This invitation was accepted, revoked or is too old. Ask for another.",
            field="invitation",
            code="INVITATION_NOT_USABLE",
        )
    async with sign_in.context.reading() as work:
        identity = await work.users.find_identity_by_value(IdentityType.EMAIL, invited[1])
        user = await work.users.find_by_identity(IdentityType.EMAIL, invited[1])
    state = sign_in.state
    is_signed_in = identity is not None and identity.is_verified and identity.user_id == state.user_id
    if is_signed_in:
        async with sign_in.context.storing() as work:
            draft = {**state.draft, INVITATION_ANSWERED: True}
            return await proceed(work, sign_in, replace(state, step=Step.SIGN_IN, draft=draft))
    if user is not None:
        return await submit_identity(sign_in, invited[2])
    return await move(sign_in, FlowState(step=Step.SIGN_UP))
