"""Ask people at the end of a sign-in to allow what the application wants, and take the answer."""

from dataclasses import replace

from claimsmith.storage.work import Work
from claimsmith.usecases.consents import AskedApi, AskedRights, asked_rights, keep_consent
from claimsmith.usecases.sign_in import Onward, SignIn, proceed


async def asked_in(sign_in: SignIn) -> list[AskedApi]:
    """Return the APIs that a sign-in is asked to allow."""
    async with sign_in.context.reading() as work:
        return list((await _asked(work, sign_in)).apis)


async def submit_consent(sign_in: SignIn) -> Onward:
    """Take that the user allows what is asked for, and keep it. Raises `SignInRefused`, `Conflict`."""
    async with sign_in.context.storing() as work:
        await keep_consent(work, await _asked(work, sign_in))
        return await proceed(work, sign_in, replace(sign_in.state, is_consent_settled=True))


async def _asked(work: Work, sign_in: SignIn) -> AskedRights:
    return await asked_rights(
        work,
        sign_in.view,
        user_id=sign_in.state.user_id or "",
        client_id=sign_in.application.id,
        organization_code=sign_in.state.organization_code,
        scopes=sign_in.flow.request.scopes,
        audiences=sign_in.flow.request.audiences,
    )
