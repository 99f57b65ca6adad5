"""Open the account of somebody new whose address is proved."""

from dataclasses import replace

from claimsmith.domain.errors import AlreadyExists
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.sign_in_flows import FlowState, SignInFlow, Step
from claimsmith.domain.sign_in_steps import Method
from claimsmith.domain.users import IdentityType
from claimsmith.usecases.identities import NewIdentity, put_identity
from claimsmith.usecases.passwords import register_user
from claimsmith.usecases.sign_in import SignIn, move, proceed

MARKETING_CONSENT = "kp_marketing_consent"


async def accepted(sign_in: SignIn, state: FlowState) -> SignInFlow:
    """Lead somebody new whose identity is proved to the choice of a password, or into the account."""
    assert state.identity is not None  # noqa: S101 - what was proved
    if sign_in.methods.method_of(state.identity) is Method.PASSWORD:
        return await move(sign_in, replace(state, step=Step.SET_PASSWORD))
    return await open_account(sign_in, state)


async def open_account(
    sign_in: SignIn, state: FlowState, *, password: PlainSecret | None = None
) -> SignInFlow:
    """Make the account of a proved identity, and lead on as its user.

    Of two people who do so with one address, one is first; the other is told. Raises `AlreadyExists`,
    `InvalidInput` for a password that will not do, `SignInRefused`, `Conflict`.
    """
    draft, identity = state.draft, state.identity
    assert identity is not None  # noqa: S101 - what was proved
    try:
        user = await register_user(
            sign_in.context,
            identity=(IdentityType(identity[0]), identity[1], identity[2]),
            is_verified=True,
            first_name=draft.get("first_name"),
            last_name=draft.get("last_name"),
            password=password,
            marketing=sign_in.flow.request.marketing,
        )
    except AlreadyExists:
        raise AlreadyExists(
            "There is an account with this address by now. Go back to the sign-in and use it.",
            code="ACCOUNT_ALREADY_EXISTS",
        ) from None
    methods = (*state.methods, "pwd") if password is not None else state.methods
    known = replace(state, user_id=user.id, is_new_user=True, methods=methods, draft={})
    async with sign_in.context.storing() as work:
        if draft.get("username"):
            await put_identity(work, user.id, NewIdentity(IdentityType.USERNAME, draft["username"]))
        consent = await work.properties.find_by_key(MARKETING_CONSENT)
        if consent is not None and draft.get("has_marketing_consent") is not None:
            await work.properties.put_value(user.id, consent.id, bool(draft["has_marketing_consent"]))
        return await proceed(work, sign_in, known)
