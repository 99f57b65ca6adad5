"""Keep what a sign-up says about marketing, as properties: parameters, and consent to mail.

The parameters become properties of the user who signs up (`kp_usr_...`), and of the organization that
somebody founds (`kp_org_...`). The consent is the user's.

An environment gets the property of a parameter when it first comes, so that lists are not filled with those
that nobody uses. It begins with the property of the consent; one that is older gets it here.
"""

from collections.abc import Mapping
from unicodedata import category

from claimsmith.domain.properties import PropertyContext
from claimsmith.oauth.authorization.product import MARKETING
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.properties import MARKETING_CONSENT, built_in_property

PREFIXES = {PropertyContext.USER: "kp_usr_", PropertyContext.ORGANIZATION: "kp_org_"}
LONGEST_VALUE = 2_000


async def prepare_marketing(
    context: Context,
    marketing: Mapping[str, str],
    has_consent: bool | None = None,
    *,
    of: PropertyContext = PropertyContext.USER,
) -> None:
    """Define the built-in properties of what is given, where they are not defined yet."""
    wanted = {PREFIXES[of] + tag: tag for tag in sorted(MARKETING & marketing.keys())}
    if has_consent is not None:
        wanted[MARKETING_CONSENT] = "Marketing consent"
    async with context.reading() as work:
        missing = [key for key in wanted if await work.properties.find_by_key(key) is None]
    if not missing:
        return
    async with context.changing() as work:
        categories = await work.properties.categories()
        heading = next((each.id for each in categories if each.context is of), None)
        for key in missing:
            if await work.properties.find_by_key(key) is None:
                item = built_in_property(key, wanted[key], of, heading)
                await work.properties.add([item])
                work.record("property", item.id, "created")


async def keep_marketing(
    work: Work,
    owner_id: str,
    marketing: Mapping[str, str],
    has_consent: bool | None = None,
    *,
    of: PropertyContext = PropertyContext.USER,
) -> None:
    """Set the values of somebody or something new.

    What was no marketing parameter is dropped, and what cannot be shown. `has_consent` is `None` for somebody
    who was not asked.
    """
    values: dict[str, str | bool] = {}
    for tag in sorted(MARKETING & marketing.keys()):
        kept = "".join(each for each in marketing[tag] if category(each)[0] != "C")[:LONGEST_VALUE]
        if kept:
            values[PREFIXES[of] + tag] = kept
    if has_consent is not None:
        values[MARKETING_CONSENT] = has_consent
    for key, value in values.items():
        item = await work.properties.find_by_key(key)
        if item is not None and item.context is of:
            await work.properties.put_value(owner_id, item.id, value)
