"""Say what the holder may do, in the claim that most resource servers read."""

from collections.abc import Iterable

from claimsmith.claims.model import Claim, Contribution, Omission, TokenContext

NAME = "permissions"


def contribute(context: TokenContext) -> Iterable[Contribution]:
    """Contribute `permissions`: for M2M tokens the granted API scopes, sorted, when the switch is on.

    `scope` and `scp` do not change with it.
    """
    if not context.profile.include_api_scopes_in_permissions:
        yield Omission(
            "permissions",
            "The switch 'Include API scopes in the permissions claim' is off.",
            "Set include_api_scopes_in_permissions to true in the token profile.",
        )
        return
    yield Claim(
        "permissions",
        sorted(set(context.scopes)),
        "The switch 'Include API scopes in the permissions claim' is on; these are the granted scopes.",
        context.client.application.id,
    )
