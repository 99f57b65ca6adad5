"""Define properties and their categories, and set the values of applications, organizations and users."""

from collections.abc import Mapping
from dataclasses import replace

from claimsmith.crypto.secrets import random_hex
from claimsmith.domain.errors import AlreadyExists, InvalidInput, NotFound, NotPermitted
from claimsmith.domain.keys_and_names import check_key, check_name, check_text
from claimsmith.domain.paging import Page, slice_page
from claimsmith.domain.properties import (
    Property,
    PropertyCategory,
    PropertyContext,
    PropertyType,
    PropertyValue,
)
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.user_records import find_user

LONGEST_VALUE = 2_000
LONGEST_DESCRIPTION = 512
BULK_LIMIT = 100
BUILT_IN_PREFIX = "kp_"

MARKETING_CONSENT = "kp_marketing_consent"
"""Whether a user wants news: the answer to the question of the sign-up page."""

_ADDRESS = {
    "city": "City",
    "industry": "Industry",
    "postcode": "Postcode",
    "state_region": "State or region",
    "street_address": "Street address",
    "street_address_2": "Street address, second line",
}
_BUILT_IN: dict[PropertyContext, dict[str, str]] = {
    PropertyContext.USER: {
        "kp_usr_middle_name": "Middle name",
        "kp_usr_job_title": "Job title",
        "kp_usr_salutation": "Salutation",
        **{f"kp_usr_{key}": name for key, name in _ADDRESS.items()},
        MARKETING_CONSENT: "Marketing consent",
    },
    PropertyContext.ORGANIZATION: {f"kp_org_{key}": name for key, name in _ADDRESS.items()},
}


async def seed_properties(work: Work) -> None:
    """Give a new environment one category per context and the built-in properties."""
    for context in PropertyContext:
        category = PropertyCategory(f"cat_{random_hex(32)}", "General", context)
        await work.properties.add_category(category)
        built_in = _BUILT_IN.get(context, {})
        await work.properties.add(
            [built_in_property(key, name, context, category.id) for key, name in built_in.items()]
        )


def built_in_property(key: str, name: str, context: PropertyContext, category_id: str | None) -> Property:
    """Return a property that nobody defined, with a new id. It holds text, but for the marketing consent."""
    return Property(
        id=f"prop_{random_hex(32)}",
        key=key,
        name=name,
        context=context,
        type=PropertyType.BOOLEAN if key == MARKETING_CONSENT else PropertyType.SINGLE_LINE_TEXT,
        category_id=category_id,
        is_builtin=True,
    )


async def list_properties(
    context: Context,
    *,
    belonging_to: str | None = None,
    page_size: int | None = None,
    starting_after: str | None = None,
    ending_before: str | None = None,
) -> Page[Property]:
    """Return one page of properties, of one context (`usr`, `org`, `app`) if given, by key."""
    wanted = property_context(belonging_to) if belonging_to else None
    async with context.reading() as work:
        items = [item for item in await work.properties.all() if wanted in (None, item.context)]
    return slice_page(
        items,
        lambda item: item.id,
        page_size=page_size,
        starting_after=starting_after,
        ending_before=ending_before,
    )


async def create_property(
    context: Context,
    *,
    name: str,
    key: str,
    type: str,
    belongs_to: str,
    is_private: bool,
    category_id: str,
    description: str | None = None,
) -> Property:
    """Define a property. Raises `InvalidInput`, `AlreadyExists` for a key that is taken, `NotFound`.

    Keys that begin as those of built-in properties do are kept for them.
    """
    if key.startswith(BUILT_IN_PREFIX):
        raise InvalidInput(
            f"key is {key!r}; keys that begin with {BUILT_IN_PREFIX} are kept for built-in properties.",
            field="key",
            code="PROPERTY_KEY_RESERVED",
        )
    item = Property(
        id=f"prop_{random_hex(32)}",
        key=check_key(key, "key"),
        name=check_name(name, "name"),
        context=property_context(belongs_to),
        type=_type(type),
        description=_description(description),
        is_private=is_private,
        category_id=category_id,
    )
    async with context.changing() as work:
        if await work.properties.find_by_key(key):
            raise AlreadyExists(
                f"A property {key!r} exists; choose another key.", field="key", code="PROPERTY_ALREADY_EXISTS"
            )
        await _check_category(work, category_id, item.context)
        await work.properties.add([item])
        work.record("property", item.id, "created")
    return item


async def change_property(
    context: Context,
    property_id: str,
    *,
    name: str,
    is_private: bool,
    category_id: str,
    description: str | None = None,
) -> Property:
    """Change a property; key, type and context never change. Raises `NotPermitted` for a built-in one."""
    async with context.changing() as work:
        item = await _find_own(work, property_id)
        await _check_category(work, category_id, item.context)
        changed = replace(
            item,
            name=check_name(name, "name"),
            is_private=is_private,
            category_id=category_id,
            description=_description(description),
        )
        await work.properties.replace(changed)
        work.record("property", property_id, "changed")
    return changed


async def delete_property(context: Context, property_id: str) -> None:
    """Delete a property with all its values. Raises `NotFound`, `NotPermitted` for a built-in one."""
    async with context.changing() as work:
        await _find_own(work, property_id)
        await work.properties.remove(property_id)
        work.record("property", property_id, "deleted")


async def list_categories(
    context: Context,
    *,
    belonging_to: str | None = None,
    page_size: int | None = None,
    starting_after: str | None = None,
    ending_before: str | None = None,
) -> Page[PropertyCategory]:
    """Return one page of categories, of one context if given, by name."""
    wanted = property_context(belonging_to) if belonging_to else None
    async with context.reading() as work:
        items = [item for item in await work.properties.categories() if wanted in (None, item.context)]
    return slice_page(
        items,
        lambda item: item.id,
        page_size=page_size,
        starting_after=starting_after,
        ending_before=ending_before,
    )


async def create_category(context: Context, *, name: str, belongs_to: str) -> PropertyCategory:
    """Define a category. Raises `AlreadyExists` for a name that its context has."""
    category = PropertyCategory(
        f"cat_{random_hex(32)}", check_name(name, "name"), property_context(belongs_to)
    )
    async with context.changing() as work:
        await _check_category_name(work, category)
        await work.properties.add_category(category)
        work.record("property_category", category.id, "created")
    return category


async def rename_category(context: Context, category_id: str, name: str) -> None:
    """Give a category another name. Raises `NotFound`, `AlreadyExists`."""
    async with context.changing() as work:
        category = await work.properties.find_category(category_id)
        if category is None:
            raise _no_category(category_id)
        renamed = replace(category, name=check_name(name, "name"))
        if renamed != category:
            await _check_category_name(work, renamed)
            await work.properties.rename_category(category_id, name)
            work.record("property_category", category_id, "changed")


async def values_of_application(context: Context, application_id: str) -> list[PropertyValue]:
    """Return every property of applications with the value this one has for it. Raises `NotFound`."""
    async with context.reading() as work:
        await _find_owner(work, PropertyContext.APPLICATION, application_id)
        return await _values(work, PropertyContext.APPLICATION, application_id)


async def set_application_value(
    context: Context, application_id: str, key: str, value: str | bool | None
) -> None:
    """Set the value of an application for a property; `None` takes it away."""
    async with context.changing() as work:
        await _set(work, PropertyContext.APPLICATION, application_id, {key: value})
        work.record("application", application_id, "changed")


async def values_of_organization(context: Context, code: str) -> list[PropertyValue]:
    """Return every property of organizations with the value this one has for it. Raises `NotFound`."""
    async with context.reading() as work:
        await _find_owner(work, PropertyContext.ORGANIZATION, code)
        return await _values(work, PropertyContext.ORGANIZATION, code)


async def set_organization_values(
    context: Context, code: str, values: Mapping[str, str | bool | None]
) -> None:
    """Set values of an organization, all or none; `None` takes one away. At most 100 at once."""
    _check_number(values)
    async with context.changing() as work:
        await _set(work, PropertyContext.ORGANIZATION, code, values)
        work.record("organization", code, "changed")


async def values_of_user(context: Context, user_id: str) -> list[PropertyValue]:
    """Return every property of users with the value this one has for it. Raises `NotFound`."""
    async with context.reading() as work:
        await _find_owner(work, PropertyContext.USER, user_id)
        return await _values(work, PropertyContext.USER, user_id)


async def set_user_values(context: Context, user_id: str, values: Mapping[str, str | bool | None]) -> None:
    """Set values of a user, all or none; `None` takes one away. At most 100 at once."""
    _check_number(values)
    async with context.changing() as work:
        await put_user_values(work, user_id, values)
        work.record("user", user_id, "changed")


async def put_user_values(work: Work, user_id: str, values: Mapping[str, str | bool | None]) -> None:
    """Set values of a user inside a changing transaction."""
    await _set(work, PropertyContext.USER, user_id, values)


def property_context(text: str) -> PropertyContext:
    """Return a context by its word. Raises `InvalidInput`."""
    try:
        return PropertyContext(text)
    except ValueError:
        raise InvalidInput(
            f"context is {text!r}; use usr, org or app.", field="context", code="PROPERTY_CONTEXT_INVALID"
        ) from None


def _type(text: str) -> PropertyType:
    try:
        return PropertyType(text)
    except ValueError:
        raise InvalidInput(
            f"type is {text!r}; use single_line_text, multi_line_text or boolean.",
            field="type",
            code="PROPERTY_TYPE_INVALID",
        ) from None


def _check_number(values: Mapping[str, str | bool | None]) -> None:
    if len(values) > BULK_LIMIT:
        raise InvalidInput(
            f"{len(values)} values are too many; {BULK_LIMIT} is the most.", field="properties"
        )


async def _values(work: Work, context: PropertyContext, owner_id: str) -> list[PropertyValue]:
    values = await work.properties.values_of(owner_id)
    items = await work.properties.all()
    return [PropertyValue(item, values.get(item.key)) for item in items if item.context is context]


async def _set(
    work: Work, context: PropertyContext, owner_id: str, values: Mapping[str, str | bool | None]
) -> None:
    await _find_owner(work, context, owner_id)
    for key, value in values.items():
        item = await work.properties.find_by_key(key)
        if item is None or item.context is not context:
            raise NotFound(
                f"There is no property {key!r} of the context {context.value}.", code="PROPERTY_NOT_FOUND"
            )
        await work.properties.put_value(owner_id, item.id, _checked_value(item, value))


def _checked_value(item: Property, value: str | bool | None) -> str | bool | None:
    if value is None:
        return None
    field = f"properties.{item.key}"
    if item.type is PropertyType.BOOLEAN:
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if isinstance(value, bool):
            return value
        raise InvalidInput(f"{item.key!r} is boolean; {value!r} is neither true nor false.", field=field)
    if isinstance(value, bool):
        raise InvalidInput(f"{item.key!r} holds text; {value!r} is a boolean.", field=field)
    if value == "":
        return value
    return check_text(value, field, LONGEST_VALUE, multiline=item.type is PropertyType.MULTI_LINE_TEXT)


async def _find_owner(work: Work, context: PropertyContext, owner_id: str) -> None:
    if context is PropertyContext.APPLICATION:
        if await work.applications.find(owner_id) is None:
            raise NotFound(f"There is no application {owner_id!r}.", code="APPLICATION_NOT_FOUND")
    elif context is PropertyContext.USER:
        await find_user(work, owner_id)
    elif await work.organizations.find(owner_id) is None:
        raise NotFound(f"There is no organization {owner_id!r}.", code="ORGANIZATION_NOT_FOUND")


async def _find_own(work: Work, property_id: str) -> Property:
    item = await work.properties.find(property_id)
    if item is None:
        raise NotFound(f"There is no property {property_id!r}.", code="PROPERTY_NOT_FOUND")
    if item.is_builtin:
        raise NotPermitted(
            f"{item.key!r} is built in and cannot be changed or deleted.", code="PROPERTY_IS_BUILT_IN"
        )
    return item


async def _check_category(work: Work, category_id: str, context: PropertyContext) -> None:
    category = await work.properties.find_category(category_id)
    if category is None:
        raise _no_category(category_id)
    if category.context is not context:
        raise InvalidInput(
            f"The category {category.name!r} is for {category.context.value} properties, not for "
            f"{context.value} ones.",
            field="category_id",
            code="CATEGORY_CONTEXT_MISMATCH",
        )


async def _check_category_name(work: Work, category: PropertyCategory) -> None:
    if await work.properties.find_category_by_name(category.context, category.name):
        raise AlreadyExists(
            f"A category {category.name!r} exists in this context.",
            field="name",
            code="CATEGORY_ALREADY_EXISTS",
        )


def _no_category(category_id: str) -> NotFound:
    return NotFound(f"There is no category {category_id!r}.", code="CATEGORY_NOT_FOUND")


def _description(text: str | None) -> str | None:
    return check_text(text, "description", LONGEST_DESCRIPTION, multiline=True) if text else None
