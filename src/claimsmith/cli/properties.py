"""`claimsmith property ...`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from claimsmith.cli import property_categories
from claimsmith.cli.advice import again
from claimsmith.cli.commands import Commands
from claimsmith.cli.failures import CommandFailed
from claimsmith.cli.finding import LARGEST_PAGE, confirmed, the_application, the_user
from claimsmith.cli.output import Done, Listing, Record

if TYPE_CHECKING:
    from claimsmith.domain.properties import Property
    from claimsmith.usecases.context import Context

commands = Commands(
    "Define properties (custom fields) and set their values. Public ones can go into tokens.",
    example="claimsmith property create Region --key region",
)
commands.add("category", property_categories.commands)

Key = Annotated[str, typer.Argument(metavar="KEY", help="Key of the property.")]
OfApplication = Annotated[
    str | None,
    typer.Option("--application", metavar="APPLICATION", help="Whose value: an application, by id or name."),
]
OfOrganization = Annotated[
    str | None, typer.Option("--organization", metavar="CODE", help="Whose value: an organization, by code.")
]
OfUser = Annotated[
    str | None,
    typer.Option("--user", metavar="USER", help="Whose value: a user, by id, email address or username."),
]


@commands.command("list")
async def list_properties(
    context: "Context",
    of: Annotated[str | None, typer.Option("--of", help="Only those of usr, org or app.")] = None,
) -> Listing:
    """List the properties of the environment."""
    from claimsmith.usecases import properties

    page = await properties.list_properties(context, belonging_to=of, page_size=LARGEST_PAGE)
    return Listing(
        ("key", "name", "context", "type", "is_private", "is_builtin", "id"),
        [asdict(each) for each in page.items],
    )


@commands.command("create", example='claimsmith property create "Cost center" --key cost_center')
async def create_property(
    context: "Context",
    *,
    name: Annotated[str, typer.Argument(help="What people call it.")],
    key: Annotated[str, typer.Option(help="What tokens carry; it never changes.")],
    of: Annotated[str, typer.Option("--of", help="What has it: usr, org or app.")] = "app",
    type: Annotated[
        str, typer.Option(help="single_line_text, multi_line_text or boolean.")
    ] = "single_line_text",
    private: Annotated[bool, typer.Option("--private", help="Never let it into a token.")] = False,
    category: Annotated[
        str | None, typer.Option(metavar="CATEGORY_ID", help="Heading; without it the first of its context.")
    ] = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
) -> Record:
    """Define a property."""
    from claimsmith.usecases import properties

    if category is None:
        found = (await properties.list_categories(context, belonging_to=of)).items
        if not found:
            raise CommandFailed(
                f"There is no category for {of}; make one: {again('property category create')}"
            )
        category = found[0].id
    made = await properties.create_property(
        context,
        name=name,
        key=key,
        type=type,
        belongs_to=of,
        is_private=private,
        category_id=category,
        description=description,
    )
    return Record(asdict(made))


@commands.command("change")
async def change_property(
    context: "Context",
    *,
    key: Key,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    private: Annotated[
        bool | None, typer.Option("--private/--public", help="Keep it out of tokens, or let it in.")
    ] = None,
    category: Annotated[str | None, typer.Option(metavar="CATEGORY_ID", help="Another heading.")] = None,
    description: Annotated[str | None, typer.Option(help="Another description.")] = None,
) -> Record:
    """Change a property: what is not given stays."""
    from claimsmith.usecases import properties

    old = await _property(context, key)
    changed = await properties.change_property(
        context,
        old.id,
        name=name or old.name,
        is_private=old.is_private if private is None else private,
        category_id=category or old.category_id or "",
        description=old.description if description is None else description,
    )
    return Record(asdict(changed))


@commands.command("delete")
async def delete_property(
    context: "Context", key: Key, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> Done:
    """Delete a property with all its values."""
    from claimsmith.usecases import properties

    found = await _property(context, key)
    confirmed(f"Deleting the property {key!r} with its values", yes=yes)
    await properties.delete_property(context, found.id)
    return Done(f"Deleted the property {key!r}.", {"id": found.id})


@commands.command("values")
async def list_values(
    context: "Context",
    application: OfApplication = None,
    organization: OfOrganization = None,
    user: OfUser = None,
) -> Listing:
    """List the values of one application, organization or user."""
    from claimsmith.usecases import properties

    _exactly_one(application, organization, user)
    if user:
        values = await properties.values_of_user(context, (await the_user(context, user)).user.id)
    elif application:
        found = await the_application(context, application)
        values = await properties.values_of_application(context, found.id)
    else:
        values = await properties.values_of_organization(context, organization or "")
    return Listing(
        ("key", "value", "type", "is_private"),
        [{**asdict(each.property), "value": each.value} for each in values],
        "No property of this kind is defined.",
    )


@commands.command("set", example="claimsmith property set region eu --application Robot")
async def set_value(
    context: "Context",
    *,
    key: Key,
    value: Annotated[str, typer.Argument(help="A text, or true or false.")],
    application: OfApplication = None,
    organization: OfOrganization = None,
    user: OfUser = None,
) -> Done:
    """Set the value of one application, organization or user."""
    _exactly_one(application, organization, user)
    await _put(context, {key: value}, application=application, organization=organization, user=user)
    return Done(f"{key} is {value!r} for {application or organization or user}.", {"key": key})


@commands.command("clear")
async def clear_value(
    context: "Context",
    *,
    key: Key,
    application: OfApplication = None,
    organization: OfOrganization = None,
    user: OfUser = None,
) -> Done:
    """Take the value of one application, organization or user away."""
    _exactly_one(application, organization, user)
    await _put(context, {key: None}, application=application, organization=organization, user=user)
    return Done(f"{application or organization or user} has no {key} any more.", {"key": key})


async def _put(
    context: "Context",
    values: dict[str, str | None],
    *,
    application: str | None,
    organization: str | None,
    user: str | None,
) -> None:
    from claimsmith.usecases import properties

    if user:
        found_user = await the_user(context, user)
        await properties.set_user_values(context, found_user.user.id, values)
    elif application:
        found = await the_application(context, application)
        for key, value in values.items():
            await properties.set_application_value(context, found.id, key, value)
    else:
        await properties.set_organization_values(context, organization or "", values)


def _exactly_one(*owners: str | None) -> None:
    if sum(map(bool, owners)) != 1:
        raise CommandFailed("Say whose value: give one of --application, --organization and --user.")


async def _property(context: "Context", key: str) -> "Property":
    from claimsmith.usecases import properties

    page = await properties.list_properties(context, page_size=LARGEST_PAGE)
    for each in page.items:
        if key in (each.key, each.id):
            return each
    raise CommandFailed(f"There is no property {key!r}. To see them: {again('property list')}")
