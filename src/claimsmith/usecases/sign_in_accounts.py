"""Open the account of somebody new whose address is proved."""

from dataclasses import replace

from claimsmith.domain.errors import AlreadyExists
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.sign_in_flows import FlowState, Step
from claimsmith.domain.sign_in_steps import Method
from claimsmith.domain.users import IdentityType
from claimsmith.usecases.identities import NewIdentity
from claimsmith.usecases.passwords import register_user
from claimsmith.usecases.sign_in import Onward, SignIn, move, proceed

USERNAME_FIELD = "p_username"


async def accepted(sign_in: SignIn, state: FlowState) -> Onward:
    """Lead somebody new whose identity is proved to the choice of a password, or into the account."""
    assert state.identity is not None  # noqa: S101 - what was proved
    if sign_in.methods.method_of(state.identity) is Method.PASSWORD:
        return await move(sign_in, replace(state, step=Step.SET_PASSWORD))
    return await open_account(sign_in, state)


async def open_account(sign_in: SignIn, state: FlowState, *, password: PlainSecret | None = None) -> Onward:
    """Make the account of a proved identity, and lead on as its user.

    Of two people who do so with one address, one is first; the other is told. Whoever chose a username that
    somebody took since is led back to choose another. Raises `AlreadyExists`, `InvalidInput` for a password
    that will not do, `SignInRefused`, `Conflict`.
    """
    draft, identity = state.draft, state.identity
    assert identity is not None  # noqa: S101 - what was proved
    username = draft.get("username")
    try:
        user = await register_user(
            sign_in.context,
            identity=(IdentityType(identity[0]), identity[1], identity[2]),
            is_verified=True,
            first_name=draft.get("first_name"),
            last_name=draft.get("last_name"),
            password=password,
            also=[NewIdentity(IdentityType.USERNAME, username, field=USERNAME_FIELD)] if username else (),
            marketing=sign_in.flow.request.marketing,
            has_marketing_consent=draft.get("has_marketing_consent"),
            accepted_terms=draft.get("accepted_terms"),
        )
    except AlreadyExists as taken:
        if taken.field == USERNAME_FIELD:
            again = {**draft, "is_identity_proved": True, "is_username_taken": True}
            return await move(sign_in, replace(state, step=Step.SIGN_UP, draft=again))
        raise AlreadyExists(
            "There is an account with this address by now. Go back to the sign-in and use it.",
            code="ACCOUNT_ALREADY_EXISTS",
        ) from None
    methods = (*state.methods, "pwd") if password is not None else state.methods
    known = replace(state, user_id=user.id, is_new_user=True, methods=methods, draft={})
    async with sign_in.context.storing() as work:
        return await proceed(work, sign_in, known)


def username_taken() -> AlreadyExists:
    """Say beside the field that somebody has the username."""
    return AlreadyExists(
        "Somebody has this username. Choose another.", field=USERNAME_FIELD, code="USERNAME_ALREADY_EXISTS"
    )


def refused_before(state: FlowState) -> AlreadyExists | None:
    """Return why somebody is back on the page of the sign-up, or `None` when nothing was refused."""
    is_taken = state.step is Step.SIGN_UP and state.draft.get("is_username_taken")
    return username_taken() if is_taken else None
