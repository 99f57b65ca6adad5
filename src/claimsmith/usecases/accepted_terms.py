"""Keep which terms people accept at sign-up, and tell administrators."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from claimsmith.domain.accepted_terms import AcceptedTerms, TermsKind
from claimsmith.domain.applications import Application
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.user_records import find_user


async def list_accepted_terms(context: Context, user_id: str) -> Sequence[AcceptedTerms]:
    """Return what a user accepted, the newest first. Raises `NotFound`."""
    async with context.reading() as work:
        await find_user(work, user_id)
        return await work.accepted_terms.of_user(user_id)


def accepted_now(context: Context, application: Application) -> dict[str, Any]:
    """Return what somebody accepts by the tick of a page, as a sign-in under way keeps it."""
    addresses = {
        TermsKind.TERMS_OF_USE.value: application.terms_uri,
        TermsKind.PRIVACY_POLICY.value: application.policy_uri,
    }
    return {
        "uris": {kind: uri for kind, uri in addresses.items() if uri},
        "client_id": application.id,
        "at": context.platform.now().timestamp(),
    }


async def keep_accepted(work: Work, user_id: str, accepted: dict[str, Any] | None) -> None:
    """Note within a transaction what a new user accepted before there was an account."""
    if not accepted:
        return
    moment = datetime.fromtimestamp(accepted["at"], UTC)
    for kind, uri in accepted["uris"].items():
        await work.accepted_terms.add(
            AcceptedTerms(user_id, TermsKind(kind), uri, accepted["client_id"], moment)
        )
