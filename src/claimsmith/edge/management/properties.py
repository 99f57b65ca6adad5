"""Serve `/api/v1/properties`, their categories, and the values of applications."""

from typing import Any

from claimsmith.domain.properties import Property, PropertyValue
from claimsmith.edge.management.answers import Named, Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import properties

operations = Operations("Properties")


class NewProperty(Body):
    """Hold the body of `POST /properties`."""

    name: str
    key: str
    type: str
    context: str
    is_private: bool
    category_id: str
    description: str | None = None


class PropertyChanges(Body):
    """Hold the body of `PUT /properties/{property_id}`."""

    name: str
    is_private: bool
    category_id: str
    description: str | None = None


class NewCategory(Body):
    """Hold the body of `POST /property_categories`."""

    name: str
    context: str


class CategoryName(Body):
    """Hold the body of `PUT /property_categories/{category_id}`."""

    name: str


class NewValue(Body):
    """Hold the value of a property; `null` takes it away."""

    value: str | bool | None


class ShownProperty(Shown):
    """Hold the definition of a property."""

    id: str
    key: str
    name: str
    description: str | None
    context: str
    type: str
    is_private: bool
    category_id: str | None
    is_kinde_property: bool


class ShownPropertyValue(Shown):
    """Hold a property with the value of one object, as text."""

    id: str
    name: str
    description: str | None
    key: str
    value: str | None


class ShownCategory(Shown):
    """Hold a category of properties."""

    id: str
    name: str
    context: str


@operations.operation(
    "GET /properties",
    "GetProperties",
    scope="read:properties",
    answer={"properties": list[ShownProperty], "has_more": bool},
)
async def get_properties(
    caller: Caller,
    page_size: int | None = None,
    starting_after: str | None = None,
    ending_before: str | None = None,
    context: str | None = None,
) -> dict[str, Any]:
    """List properties, a page at a time."""
    page = await properties.list_properties(
        caller,
        belonging_to=context,
        page_size=page_size,
        starting_after=starting_after,
        ending_before=ending_before,
    )
    return ok(properties=[_shown(item) for item in page.items], has_more=page.has_more)


@operations.operation(
    "POST /properties", "CreateProperty", scope="create:properties", status=201, answer={"property": Named}
)
async def create_property(caller: Caller, body: NewProperty) -> dict[str, Any]:
    """Define a property."""
    item = await properties.create_property(
        caller,
        name=body.name,
        key=body.key,
        type=body.type,
        belongs_to=body.context,
        is_private=body.is_private,
        category_id=body.category_id,
        description=body.description,
    )
    return ok("Property created", "PROPERTY_CREATED", property={"id": item.id})


@operations.operation("PUT /properties/{property_id}", "UpdateProperty", scope="update:properties")
async def update_property(caller: Caller, property_id: str, body: PropertyChanges) -> dict[str, Any]:
    """Change a property; its key, type and context never change."""
    await properties.change_property(caller, property_id, **body.model_dump())
    return ok("Property updated", "PROPERTY_UPDATED")


@operations.operation("DELETE /properties/{property_id}", "DeleteProperty", scope="delete:properties")
async def delete_property(caller: Caller, property_id: str) -> dict[str, Any]:
    """Delete a property with all its values."""
    await properties.delete_property(caller, property_id)
    return ok("Property deleted", "PROPERTY_DELETED")


@operations.operation(
    "GET /property_categories",
    "GetCategories",
    scope="read:property_categories",
    answer={"categories": list[ShownCategory], "has_more": bool},
)
async def get_categories(
    caller: Caller,
    page_size: int | None = None,
    starting_after: str | None = None,
    ending_before: str | None = None,
    context: str | None = None,
) -> dict[str, Any]:
    """List categories, a page at a time."""
    page = await properties.list_categories(
        caller,
        belonging_to=context,
        page_size=page_size,
        starting_after=starting_after,
        ending_before=ending_before,
    )
    shown: list[ShownCategory] = [
        {"id": item.id, "name": item.name, "context": item.context.value} for item in page.items
    ]
    return ok(categories=shown, has_more=page.has_more)


@operations.operation(
    "POST /property_categories",
    "CreateCategory",
    scope="create:property_categories",
    status=201,
    answer={"category": Named},
)
async def create_category(caller: Caller, body: NewCategory) -> dict[str, Any]:
    """Define a category."""
    category = await properties.create_category(caller, name=body.name, belongs_to=body.context)
    return ok("Category created", "CATEGORY_CREATED", category={"id": category.id})


@operations.operation(
    "PUT /property_categories/{category_id}", "UpdateCategory", scope="update:property_categories"
)
async def update_category(caller: Caller, category_id: str, body: CategoryName) -> dict[str, Any]:
    """Give a category another name."""
    await properties.rename_category(caller, category_id, body.name)
    return ok("Category updated", "CATEGORY_UPDATED")


@operations.operation(
    "GET /applications/{application_id}/properties",
    "getApplicationPropertyValues",
    scope="read:application_properties",
    answer={"properties": list[ShownPropertyValue], "next_token": None},
)
async def get_application_properties(caller: Caller, application_id: str) -> dict[str, Any]:
    """List every application property with this application's value."""
    values = await properties.values_of_application(caller, application_id)
    return ok(properties=[shown_value(value) for value in values], next_token=None)


@operations.operation(
    "PUT /applications/{application_id}/properties/{property_key}",
    "updateApplicationsProperty",
    scope="update:application_properties",
)
async def update_application_property(
    caller: Caller, application_id: str, property_key: str, body: NewValue
) -> dict[str, Any]:
    """Set the value of an application for a property."""
    await properties.set_application_value(caller, application_id, property_key, body.value)
    return ok("Property updated", "PROPERTY_VALUE_UPDATED")


def shown_value(value: PropertyValue) -> ShownPropertyValue:
    """Return one property with a value, as the management API shows it: values are texts there."""
    shown = value.value
    if isinstance(shown, bool):
        shown = "true" if shown else "false"
    return {
        "id": value.property.id,
        "name": value.property.name,
        "description": value.property.description,
        "key": value.property.key,
        "value": shown,
    }


def _shown(item: Property) -> ShownProperty:
    return {
        "id": item.id,
        "key": item.key,
        "name": item.name,
        "description": item.description,
        "context": item.context.value,
        "type": item.type.value,
        "is_private": item.is_private,
        "category_id": item.category_id,
        "is_kinde_property": item.is_builtin,
    }
