"""Store which terms people accepted, and when."""

from claimsmith.domain.accepted_terms import AcceptedTerms, TermsKind
from claimsmith.storage.store import Store
from claimsmith.storage.tables import accepted_terms


class AcceptedTermsStore(Store):
    """Store the acceptances of one environment; none is ever changed."""

    async def add(self, accepted: AcceptedTerms) -> None:
        """Insert one acceptance."""
        await self.insert(
            accepted_terms,
            user_id=accepted.user_id,
            kind=accepted.kind.value,
            uri=accepted.uri,
            client_id=accepted.client_id,
            accepted_at=accepted.accepted_at,
        )

    async def of_user(self, user_id: str) -> list[AcceptedTerms]:
        """Return what a user accepted, the newest first."""
        rows = await self.rows(
            self.select(accepted_terms, accepted_terms.c.user_id == user_id).order_by(
                accepted_terms.c.accepted_at.desc(), accepted_terms.c.kind.desc()
            )
        )
        return [
            AcceptedTerms(
                row["user_id"], TermsKind(row["kind"]), row["uri"], row["client_id"], row["accepted_at"]
            )
            for row in rows
        ]
