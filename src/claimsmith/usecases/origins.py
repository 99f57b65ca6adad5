"""Know which web pages belong to applications of an environment."""

from claimsmith.domain.origins import is_among, lookup_keys
from claimsmith.storage.database import Database
from claimsmith.usecases.directory import Runtime


class KnownOrigins:
    """Tell whether an origin is that of an application, from the database: one read by key."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    async def holds(self, runtime: Runtime, origin: str) -> bool:
        """Tell whether any application of an environment has pages at an origin. Raises `Unavailable`."""
        if not is_among(origin, (origin,), is_production=True):  # what no browser sends needs no look
            return False
        async with self._database.reading(runtime.id) as work:
            registered = await work.applications.origins_at(lookup_keys(origin))
        return is_among(origin, registered, is_production=runtime.environment.is_production)
