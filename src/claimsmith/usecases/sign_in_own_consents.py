"""Let people who are signed in see what they allowed applications, and take it back."""

from claimsmith.usecases.consents import ListedConsents, consents_of, take_back
from claimsmith.usecases.context import Context
from claimsmith.usecases.own_access import own_session


async def own_consents(context: Context, session_token: str | None) -> list[ListedConsents]:
    """Return what whoever a session belongs to allowed, by application. Raises `NotSignedIn`."""
    async with context.reading() as work:
        session = await own_session(work, session_token)
        return await consents_of(work, session.user_id)


async def withdraw_own_consents(context: Context, session_token: str | None, application_id: str) -> None:
    """Take back what an application was allowed, and end its grants. Raises `NotSignedIn`, `NotFound`."""
    async with context.storing() as work:
        session = await own_session(work, session_token)
        await take_back(work, session.user_id, application_id)
