"""`claimsmith migrate`."""

import asyncio

from claimsmith.cli.commands import Commands, Common
from claimsmith.cli.output import Done

commands = Commands()


@commands.command(
    "migrate",
    takes=("data", "database_url", "config", "as_json"),
    example="claimsmith migrate --database-url postgresql://claimsmith@db.example.com/claimsmith",
)
def migrate(common: Common) -> Done:
    """Bring the database's schema to what this version needs.

    A second run changes nothing, and several may run at once. Back up first: there is no way back.
    """
    before, after = asyncio.run(_migrate(common))
    if before == after:
        return Done(f"The schema is at {after} already.", {"before": before, "after": after})
    return Done(f"The schema went from {before or 'nothing'} to {after}.", {"before": before, "after": after})


async def _migrate(common: Common) -> tuple[str | None, str]:
    from claimsmith.opening import make_platform
    from claimsmith.storage import schema

    platform = make_platform(common.settings())
    try:
        return await schema.migrate(platform.database)
    finally:
        await platform.database.close()
