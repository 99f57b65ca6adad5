"""Give environments the ways to sign in that applications can offer, and list them."""

from claimsmith.crypto.secrets import random_hex
from claimsmith.domain.roles import Connection
from claimsmith.domain.sign_in_steps import DEFAULT_STRATEGIES
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context

BUILT_IN = (
    ("email:password", "Email and password"),
    ("email:otp", "Email and code"),
    ("username:password", "Username and password"),
    ("username:otp", "Username and code"),
    ("phone:otp", "Phone and code"),
)
"""The strategies every environment has, with their names. Of one type of identity the first counts."""


async def seed_connections(work: Work) -> None:
    """Give a new environment the connections with which people prove who they are."""
    for strategy, name in BUILT_IN:
        await work.connections.add(
            Connection(f"conn_{random_hex(32)}", name=name, display_name=name, strategy=strategy)
        )


async def offered_connections(work: Work, application_id: str) -> list[Connection]:
    """Return the connections with which people sign in to an application.

    One that was given none with which people prove who they are offers those by default.
    """
    ways = {strategy for strategy, _ in BUILT_IN}
    found = [each for each in await work.connections.of_application(application_id) if each.strategy in ways]
    if found:
        return found
    return [each for each in await work.connections.all() if each.strategy in DEFAULT_STRATEGIES]


async def list_connections(context: Context) -> list[Connection]:
    """Return the connections of the environment in the order of their names."""
    async with context.reading() as work:
        return await work.connections.all()
