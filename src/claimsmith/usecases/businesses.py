"""Make and list businesses: the customers of whoever operates the installation."""

from claimsmith.domain.businesses import Business
from claimsmith.domain.errors import AlreadyExists
from claimsmith.domain.keys_and_names import check_key, check_name
from claimsmith.storage.businesses import BusinessStore
from claimsmith.usecases.context import Platform


async def list_businesses(platform: Platform) -> list[Business]:
    """Return every business by its id."""
    async with platform.database.across_environments() as connection:
        return await BusinessStore(connection).all()


async def add_business(platform: Platform, *, id: str, name: str) -> Business:
    """Make a business; environments are made for it afterwards. Raises `InvalidInput`, `AlreadyExists`."""
    business = Business(check_key(id, "id"), check_name(name, "name"), platform.now())
    async with platform.database.across_environments(writes=True) as connection:
        store = BusinessStore(connection)
        if business.id in {each.id for each in await store.all()}:
            raise AlreadyExists(f"A business {business.id!r} exists; choose another id.", field="id")
        await store.add(business)
    return business
