"""`claimsmith billing feature ...` and `claimsmith billing plan ...`."""

import json
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimsmith.cli.assignments import SET_HELP, Kind, read_assignments
from claimsmith.cli.commands import Commands
from claimsmith.cli.failures import CommandFailed
from claimsmith.cli.finding import confirmed, every
from claimsmith.cli.output import Done, Listing, Record

if TYPE_CHECKING:
    from claimsmith.domain.plans import Plan
    from claimsmith.usecases.context import Context

feature_commands = Commands(
    "Define the features that plans include.", example="claimsmith billing feature list"
)
plan_commands = Commands(
    "Draft plans, and publish versions of them.",
    example="claimsmith billing plan create basic --name Basic --publish",
)

Key = Annotated[str, typer.Argument(metavar="KEY", help="Its key, which never changes.")]
_CONTENTS_HELP = (
    "JSON or TOML file of what the plan is made of: features, charges, trial, interval, currency."
)
_KINDS: dict[str, Kind] = {
    "name": "text",
    "description": "text",
    "is_default": "switch",
    "is_archived": "switch",
}


@feature_commands.command("list")
async def list_features(context: "Context") -> Listing:
    """List the features."""
    from claimsmith.usecases import plan_features

    return Listing(
        ("key", "name", "is_metered", "unit"),
        [asdict(each) for each in await plan_features.list_features(context)],
        "No feature yet. Make one: claimsmith billing feature create KEY --name NAME",
    )


@feature_commands.command("create")
async def create_feature(
    context: "Context",
    key: Key,
    *,
    name: Annotated[str, typer.Option(help="What people call it.")],
    description: Annotated[str | None, typer.Option(help="What it is.")] = None,
    metered: Annotated[bool, typer.Option("--metered", help="Count its use.")] = False,
    unit: Annotated[str | None, typer.Option(help="What is counted, as call.")] = None,
) -> Record:
    """Define a feature: had or not had, or, if metered, counted."""
    from claimsmith.usecases import plan_features

    made = await plan_features.create_feature(
        context, key=key, name=name, description=description, is_metered=metered, unit=unit
    )
    return Record(asdict(made))


@feature_commands.command("delete")
async def delete_feature(
    context: "Context", key: Key, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> Done:
    """Delete a feature that no plan includes."""
    from claimsmith.usecases import plan_features

    confirmed(f"Deleting the feature {key!r}", yes=yes)
    await plan_features.delete_feature(context, key)
    return Done(f"Deleted the feature {key!r}.", {"key": key})


@plan_commands.command("list")
async def list_plans(context: "Context") -> Listing:
    """List the plans."""
    from claimsmith.usecases import plans

    return Listing(
        ("key", "name", "group", "type", "status", "latest_version"),
        [_row(each) for each in await every(plans.list_plans, context)],
        "No plan yet. Draft one: claimsmith billing plan create KEY --name NAME",
    )


@plan_commands.command("create")
async def create_plan(
    context: "Context",
    key: Key,
    *,
    name: Annotated[str, typer.Option(help="What customers call it.")],
    type: Annotated[str | None, typer.Option(help="user or organization; organization unless given.")] = None,
    group: Annotated[str | None, typer.Option(help="Key of the group; else the default one.")] = None,
    description: Annotated[str | None, typer.Option(help="What it is.")] = None,
    default: Annotated[bool, typer.Option("--default", help="Give it where no plan is named.")] = False,
    contents: Annotated[Path | None, typer.Option(metavar="FILE", help=_CONTENTS_HELP)] = None,
    publish: Annotated[bool, typer.Option("--publish", help="Publish it at once.")] = False,
) -> Record:
    """Draft a plan."""
    from claimsmith.usecases import plans

    made = await plans.create_plan(
        context,
        key=key,
        name=name,
        type=type,
        group=group,
        description=description,
        is_default=default,
        contents=read_file(contents) if contents else None,
    )
    if publish:
        await plans.publish_plan(context, key)
        made = (await plans.get_plan(context, key)).plan
    return Record(_row(made))


@plan_commands.command("show")
async def show_plan(context: "Context", key: Key) -> Record:
    """Show a plan with its draft, its versions, and how many customers have each."""
    from claimsmith.domain.plan_json import contents_to_json
    from claimsmith.usecases import plans

    found = await plans.get_plan(context, key)
    versions = [
        {
            "number": each.number,
            "name": each.plan_name,
            "published_on": each.published_on,
            "agreements": found.agreements.get(each.number, 0),
            "contents": contents_to_json(each.contents),
        }
        for each in found.versions
    ]
    return Record({**_row(found.plan), "draft": contents_to_json(found.plan.draft), "versions": versions})


@plan_commands.command("set")
async def change_plan(
    context: "Context",
    key: Key,
    *,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help=SET_HELP)
    ] = None,
    contents: Annotated[Path | None, typer.Option(metavar="FILE", help=_CONTENTS_HELP)] = None,
) -> Record:
    """Change a plan's draft; customers keep the version that they have."""
    from claimsmith.usecases import plans

    changes: dict[str, Any] = read_assignments(assignments or [], _KINDS)
    if contents is not None:
        changes["contents"] = read_file(contents)
    return Record(_row(await plans.change_plan_draft(context, key, changes)))


@plan_commands.command("publish")
async def publish_plan(
    context: "Context",
    key: Key,
    move: Annotated[bool, typer.Option("--move", help="Move customers of older versions to it.")] = False,
) -> Done:
    """Publish what the draft holds as the next version."""
    from claimsmith.usecases import agreements, plans

    version = await plans.publish_plan(context, key)
    moved = (await agreements.move_to_latest(context, key)).moved if move else 0
    told = f" Moved {moved} customers to it." if move else ""
    return Done(
        f"Published version {version.number} of the plan {key!r}.{told}",
        {"key": key, "version": version.number, "moved": moved},
    )


@plan_commands.command("delete")
async def delete_plan(
    context: "Context", key: Key, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> Done:
    """Delete a plan that was never published."""
    from claimsmith.usecases import plans

    confirmed(f"Deleting the plan {key!r}", yes=yes)
    await plans.delete_plan(context, key)
    return Done(f"Deleted the plan {key!r}.", {"key": key})


def _row(plan: "Plan") -> dict[str, Any]:
    return {
        "key": plan.key,
        "name": plan.name,
        "group": plan.group.key,
        "type": plan.group.type.value,
        "status": plan.status.value,
        "latest_version": plan.latest_version,
        "is_default": plan.is_default,
        "is_archived": plan.is_archived,
    }


def read_file(path: Path) -> dict[str, Any]:
    """Return the object of a JSON or TOML file. Raises `CommandFailed`."""
    try:
        text = path.read_text(encoding="utf-8")
        read: Any = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except OSError as error:
        raise CommandFailed(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise CommandFailed(f"{path} is neither JSON nor, named *.toml, TOML: {error}.") from error
    if not isinstance(read, dict):
        raise CommandFailed(f"{path} holds no object; see docs/how-to/sell-features.md.")
    return read
