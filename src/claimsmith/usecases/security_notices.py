"""Tell people by mail what was changed about how they sign in.

A notice goes to the primary proved address, in the transaction of what it is about. Whoever has proved no
address is told nothing: there is nowhere to tell it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from claimsmith.domain.environments import Environment
from claimsmith.domain.organizations import Organization
from claimsmith.storage.work import Work
from claimsmith.usecases.identities import proved_addresses
from claimsmith.usecases.messages import send

PAGE = "/auth/security"


@dataclass(frozen=True, slots=True)
class Telling:
    """Hold who tells a person something, in which language, and the issuer, below which it can be seen to."""

    sender: str
    issuer: str
    language: str = "en"
    organization: Organization | None = None


async def tell(
    work: Work, user_id: str, kind: str, telling: Telling, values: Mapping[str, str] | None = None
) -> None:
    """Tell a user what happened. `kind` is a key of `texts.notices.NOTICES`, `values` what its text names."""
    for address in (await proved_addresses(work, user_id))[:1]:
        await send(
            work,
            kind=kind,
            recipient=address,
            language=telling.language,
            values={**(values or {}), "sender": telling.sender, "link": telling.issuer + PAGE},
            organization=telling.organization,
        )


async def administration_telling(work: Work, environment: Environment) -> Telling:
    """Return how a person is told what administration did: in the language of invitations."""
    chosen = (await work.policies.all()).access.invite_application_id
    application = await work.applications.find(chosen) if chosen else None
    if application is None:
        return Telling(environment.name, environment.issuer)
    return Telling(environment.name, environment.issuer, application.language_key or "en")
