"""Serve `/api/v1/users/{user_id}/accepted_terms`."""

from typing import Any, Literal

from claimsmith.edge.management.answers import Moment, Shown
from claimsmith.edge.management.operations import Caller, Operations, ok
from claimsmith.usecases import accepted_terms

operations = Operations("Users")


class ShownAcceptedTerms(Shown):
    """Hold one acceptance: `uri` is what the page linked to at that moment."""

    kind: Literal["terms_of_use", "privacy_policy"]
    uri: str
    application_id: str
    accepted_on: Moment


@operations.operation(
    "GET /users/{user_id}/accepted_terms",
    "getUserAcceptedTerms",
    scope="read:users",
    answer={"accepted_terms": list[ShownAcceptedTerms]},
)
async def get_user_accepted_terms(context: Caller, user_id: str) -> dict[str, Any]:
    """List which terms a user accepted at sign-up, and when, the newest first."""
    shown: list[ShownAcceptedTerms] = [
        {
            "kind": each.kind.value,
            "uri": each.uri,
            "application_id": each.client_id,
            "accepted_on": each.accepted_at.isoformat(),
        }
        for each in await accepted_terms.list_accepted_terms(context, user_id)
    ]
    return ok(accepted_terms=shown)
