"""Give environments the ways to sign in that applications can offer, and list them."""

from claimsmith.crypto.secrets import random_hex
from claimsmith.domain.roles import Connection
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


async def list_connections(context: Context) -> list[Connection]:
    """Return the connections of the environment in the order of their names."""
    async with context.reading() as work:
        return await work.connections.all()
