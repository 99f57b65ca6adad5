"""Sign people in with passkeys, and offer one to those who signed in another way."""

from dataclasses import dataclass, replace
from typing import Any

from claimsmith.domain.errors import NotPermitted
from claimsmith.domain.passkeys import LONGEST_NAME, may_decline_passkey
from claimsmith.domain.sign_in_flows import SignInFlow
from claimsmith.storage.work import Work
from claimsmith.usecases.identities import proved_addresses
from claimsmith.usecases.passkeys import (
    add_passkey,
    are_passkeys_possible,
    passkey_options,
    passkey_policy,
    sign_in_options,
    sign_in_with_passkey,
)
from claimsmith.usecases.security_notices import tell
from claimsmith.usecases.sign_in import Onward, SignIn, limit, proceed
from claimsmith.usecases.users import find_user


@dataclass(frozen=True, slots=True)
class PasskeyOffer:
    """Hold what the page that offers a passkey shows."""

    options: dict[str, Any]
    may_decline: bool


async def offered_sign_in(sign_in: SignIn) -> dict[str, Any] | None:
    """Return what the button that signs in with a passkey needs; `None` where there is no such button.

    The same for everybody: whether anybody has a passkey does not show.
    """
    if not are_passkeys_possible(sign_in.context.environment.issuer):
        return None
    async with sign_in.context.reading() as work:
        policy = await passkey_policy(work, sign_in.view.policies, sign_in.organization)
    return None if policy.policy == "off" else sign_in_options(sign_in.context, _subject(sign_in.flow))


async def submit_passkey(sign_in: SignIn, answer: str) -> Onward:
    """Take a passkey in place of everything that else proves who somebody is.

    A challenge is that of the sign-in as it is now: once one was answered well, the sign-in is further on,
    and no answer to it counts again. Raises `InvalidInput`, `NotPermitted`, `LimitReached`, `SignInRefused`.
    """
    await limit(sign_in, "passkey")
    if await offered_sign_in(sign_in) is None:
        raise NotPermitted("Nobody signs in with passkeys here.", code="PASSKEYS_OFF")
    async with sign_in.context.storing() as work:
        proof = await sign_in_with_passkey(sign_in.context, work, _subject(sign_in.flow), answer)
        state = replace(
            sign_in.state,
            identity=None,
            purpose=None,
            user_id=proof.user_id,
            methods=(proof.method, "user"),
            authenticated_at=int(work.now.timestamp()),
            draft={},
        )
        return await proceed(work, sign_in, state)


async def passkey_offer(sign_in: SignIn) -> PasskeyOffer:
    """Return what the page that offers a passkey shows."""
    user_id = sign_in.state.user_id or ""
    async with sign_in.context.reading() as work:
        policy = await passkey_policy(work, sign_in.view.policies, sign_in.organization)
        options = await passkey_options(
            sign_in.context,
            work,
            user_id,
            _subject(sign_in.flow),
            user_name=await _user_name(work, user_id),
        )
    return PasskeyOffer(options, may_decline_passkey(policy))


async def submit_passkey_offer(sign_in: SignIn, answer: str, name: str) -> Onward:
    """Keep the passkey that the browser made. Raises `InvalidInput`, `AlreadyExists`, `LimitReached`."""
    user_id = sign_in.state.user_id or ""
    async with sign_in.context.storing() as work:
        subject = _subject(sign_in.flow)
        called = name[:LONGEST_NAME].strip() or "Passkey"
        made = await add_passkey(sign_in.context, work, user_id, subject, answer, name=called)
        await tell(work, user_id, "passkey_added", sign_in.telling, {"name": made.name})
        return await proceed(work, sign_in, replace(sign_in.state, is_passkey_offer_settled=True))


async def submit_no_passkey(sign_in: SignIn) -> Onward:
    """Put the offer off, where passkeys are not mandatory; it is not made again. Raises `NotPermitted`."""
    async with sign_in.context.storing() as work:
        policy = await passkey_policy(work, sign_in.view.policies, sign_in.organization)
        if not may_decline_passkey(policy):
            raise NotPermitted("A passkey is required here.", code="PASSKEY_REQUIRED")
        await work.users.decline_passkey_offer(sign_in.state.user_id or "")
        return await proceed(work, sign_in, replace(sign_in.state, is_passkey_offer_settled=True))


async def _user_name(work: Work, user_id: str) -> str:
    addresses = await proved_addresses(work, user_id)
    if addresses:
        return addresses[0]
    identities = await work.users.identities_of(user_id)
    user = await find_user(work, user_id)
    return identities[0].shown_value if identities else user.full_name or user_id


def _subject(flow: SignInFlow) -> str:
    return f"{flow.hash.hex()}|{flow.version}"
