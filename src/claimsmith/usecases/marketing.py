"""Keep the marketing parameters that came with a sign-up, as properties of the user.

An environment gets the property of a parameter when it first comes, so that lists are not filled with those
that nobody uses.
"""

from collections.abc import Mapping
from unicodedata import category

from claimsmith.crypto.secrets import random_hex
from claimsmith.domain.properties import Property, PropertyContext, PropertyType
from claimsmith.oauth.authorization.product import MARKETING
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context

PREFIX = "kp_usr_"
LONGEST_VALUE = 2_000


async def prepare_marketing(context: Context, marketing: Mapping[str, str]) -> None:
    """Define the built-in properties of the parameters given, where they are not defined yet."""
    wanted = sorted(MARKETING & marketing.keys())
    async with context.reading() as work:
        missing = [tag for tag in wanted if await work.properties.find_by_key(PREFIX + tag) is None]
    if not missing:
        return
    async with context.changing() as work:
        categories = await work.properties.categories()
        heading = next((each.id for each in categories if each.context is PropertyContext.USER), None)
        for tag in missing:
            if await work.properties.find_by_key(PREFIX + tag) is None:
                item = Property(
                    id=f"prop_{random_hex(32)}",
                    key=PREFIX + tag,
                    name=tag,
                    context=PropertyContext.USER,
                    type=PropertyType.SINGLE_LINE_TEXT,
                    category_id=heading,
                    is_builtin=True,
                )
                await work.properties.add([item])
                work.record("property", item.id, "created")


async def keep_marketing(work: Work, user_id: str, marketing: Mapping[str, str]) -> None:
    """Set the values of a new user; what was no marketing parameter is dropped, and what cannot be shown."""
    for tag in sorted(MARKETING & marketing.keys()):
        item = await work.properties.find_by_key(PREFIX + tag)
        kept = "".join(each for each in marketing[tag] if category(each)[0] != "C")[:LONGEST_VALUE]
        if item is not None and item.context is PropertyContext.USER and kept:
            await work.properties.put_value(user_id, item.id, kept)
