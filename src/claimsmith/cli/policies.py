"""`claimsmith policy ...`."""

from dataclasses import fields
from typing import TYPE_CHECKING, Annotated

import typer

from claimsmith.cli.assignments import SET_HELP, Kind, read_assignments
from claimsmith.cli.commands import Commands
from claimsmith.cli.output import Listing, Record

if TYPE_CHECKING:
    from claimsmith.domain.policies import Policy
    from claimsmith.usecases.context import Context

commands = Commands(
    "Decide who may come in, how people sign in, and what protects them.",
    example="claimsmith policy set refresh --set grace_seconds=0",
)

Name = Annotated[
    str, typer.Argument(metavar="POLICY", help="access, protection, mfa, passkeys, refresh or branding.")
]


@commands.command("list")
async def list_policies(context: "Context") -> Listing:
    """List the members of every policy."""
    from claimsmith.domain.policies import POLICIES, policy_to_json
    from claimsmith.usecases import policies

    found = await policies.get_policies(context)
    return Listing(
        ("policy", "member", "value"),
        [
            {"policy": name, "member": member, "value": value}
            for name in POLICIES
            for member, value in policy_to_json(getattr(found, name)).items()
        ],
    )


@commands.command("show")
async def show_policy(context: "Context", policy: Name) -> Record:
    """Show one policy."""
    from claimsmith.domain.policies import policy_to_json
    from claimsmith.usecases import policies

    return Record(policy_to_json(await policies.get_policy(context, policy)))


@commands.command("set")
async def change_policy(
    context: "Context",
    policy: Name,
    assignments: Annotated[list[str], typer.Option("--set", metavar="NAME=VALUE", help=SET_HELP)],
) -> Record:
    """Change members of one policy; it holds at the next page, code and token."""
    from claimsmith.domain.policies import policy_to_json
    from claimsmith.usecases import policies

    known = await policies.get_policy(context, policy)
    changes = read_assignments(assignments, _kinds(known))
    return Record(policy_to_json(await policies.change_policy(context, policy, changes)))


def _kinds(policy: "Policy") -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    for each in fields(policy):
        value = getattr(policy, each.name)
        if isinstance(value, bool):
            kinds[each.name] = "switch"
        elif isinstance(value, int):
            kinds[each.name] = "number"
        else:
            kinds[each.name] = "list" if isinstance(value, tuple) else "text"
    return kinds
