"""`claimsmith user ...`."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimsmith.cli.advice import again
from claimsmith.cli.assignments import SET_HELP, Kind, read_assignments
from claimsmith.cli.commands import Commands
from claimsmith.cli.failures import CommandFailed
from claimsmith.cli.finding import confirmed, every, the_user
from claimsmith.cli.output import Done, Listing, Record
from claimsmith.cli.user_factors import factors, passkeys

if TYPE_CHECKING:
    from claimsmith.usecases.context import Context
    from claimsmith.usecases.users import UserRecord

commands = Commands(
    "Manage users: who signs in, with what.",
    example="claimsmith user create --email ada@example.com --first-name Ada",
)
commands.add("factors", factors)
commands.add("passkeys", passkeys)

User = Annotated[str, typer.Argument(metavar="USER", help="Id, email address or username.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
_KINDS: dict[str, Kind] = {
    "first_name": "text",
    "last_name": "text",
    "picture": "text",
    "provided_id": "text",
    "is_suspended": "switch",
    "is_password_reset_requested": "switch",
    "is_passkey_offer_declined": "switch",
}


@commands.command("list")
async def list_users(context: "Context") -> Listing:
    """List the users of the environment, the oldest first."""
    from claimsmith.usecases import users

    return Listing(
        ("id", "email", "username", "first_name", "last_name", "is_suspended"),
        [_shown(each) for each in await every(users.list_users, context)],
        f"No user yet. Make one: {again('user create --email ADDRESS')}",
    )


@commands.command("create")
async def create_user(
    context: "Context",
    *,
    email: Annotated[str | None, typer.Option(help="Email address, which counts as verified.")] = None,
    username: Annotated[str | None, typer.Option(help="Username.")] = None,
    phone: Annotated[str | None, typer.Option(help="Phone number with its country code.")] = None,
    first_name: Annotated[str | None, typer.Option(help="First name.")] = None,
    last_name: Annotated[str | None, typer.Option(help="Last name.")] = None,
    provided_id: Annotated[str | None, typer.Option(help="Id in another system.")] = None,
    organization: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="An organization to join. Repeat it for several.")
    ] = None,
) -> Record:
    """Make a user. Without --organization the user joins the default one, if the policy says so."""
    from claimsmith.domain.users import IdentityType
    from claimsmith.usecases import users
    from claimsmith.usecases.identities import NewIdentity

    texts = {IdentityType.EMAIL: email, IdentityType.USERNAME: username, IdentityType.PHONE: phone}
    made = await users.create_user(
        context,
        first_name=first_name,
        last_name=last_name,
        provided_id=provided_id,
        identities=[NewIdentity(kind, text, is_verified=True) for kind, text in texts.items() if text],
        organization_codes=organization,
    )
    return Record(_shown(made))


@commands.command("show")
async def show_user(context: "Context", user: User) -> Record:
    """Show one user."""
    return Record(_shown(await the_user(context, user)))


@commands.command("change")
async def change_user(
    context: "Context",
    user: User,
    assignments: Annotated[list[str], typer.Option("--set", metavar="NAME=VALUE", help=SET_HELP)],
) -> Record:
    """Change first_name, last_name, picture, provided_id or a switch; an empty text is taken away."""
    from claimsmith.usecases import users

    found = await the_user(context, user)
    changes = read_assignments(assignments, _KINDS)
    return Record(_shown(await users.change_user(context, found.user.id, changes)))


@commands.command("terms")
async def list_terms(context: "Context", user: User) -> Listing:
    """List which terms a user accepted at sign-up, and when, the newest first."""
    from claimsmith.usecases import accepted_terms

    found = await the_user(context, user)
    return Listing(
        ("kind", "uri", "client_id", "accepted_at"),
        [asdict(each) for each in await accepted_terms.list_accepted_terms(context, found.user.id)],
        "The user was asked to accept none.",
    )


@commands.command("suspend")
async def suspend_user(
    context: "Context",
    user: User,
    restore: Annotated[bool, typer.Option("--restore", help="Let the user sign in again.")] = False,
) -> Record:
    """Suspend a user, which ends sessions and refresh tokens at once."""
    from claimsmith.usecases import users

    found = await the_user(context, user)
    return Record(_shown(await users.change_user(context, found.user.id, {"is_suspended": not restore})))


@commands.command("delete")
async def delete_user(
    context: "Context",
    user: User,
    with_traces: Annotated[
        bool, typer.Option("--with-traces", help="Also delete invitations and messages to the addresses.")
    ] = False,
    yes: Yes = False,
) -> Done:
    """Delete a user with everything that belongs to the user."""
    from claimsmith.usecases import users

    found = await the_user(context, user)
    confirmed(f"Deleting the user {user!r}", yes=yes)
    await users.delete_user(context, found.user.id, with_traces=with_traces)
    return Done(f"Deleted the user {user!r}.", {"id": found.user.id})


@commands.command("set-password")
async def set_password(
    context: "Context",
    user: User,
    temporary: Annotated[
        bool, typer.Option("--temporary", help="Good once, for setting another one.")
    ] = False,
) -> Done:
    """Give a user a password, read from standard input, so that it is in no list of processes."""
    from claimsmith.usecases import passwords

    found = await the_user(context, user)
    if sys.stdin.isatty():
        import getpass

        text = getpass.getpass("New password: ")
    else:
        text = sys.stdin.readline().rstrip("\r\n")
    await passwords.give_password(context, found.user.id, text, is_temporary=temporary)
    return Done(f"The password of {user!r} is set.", {"id": found.user.id})


@commands.command("unlock")
async def unlock_user(context: "Context", user: User) -> Done:
    """Let a user try again at once whose password or second factors are locked after wrong tries."""
    from claimsmith.usecases import passwords

    found = await the_user(context, user)
    await passwords.unlock(context, found.user.id)
    return Done(f"{user!r} may try again.", {"id": found.user.id})


@commands.command("import")
async def import_users(
    context: "Context",
    file: Annotated[Path, typer.Argument(help="NDJSON: one JSON object on each line.", metavar="FILE")],
) -> Listing:
    """Import users of another system with the hashes of their passwords. Whoever is there is left alone."""
    import json

    from claimsmith.usecases.user_import import import_user

    rows: list[dict[str, Any]] = []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{file} cannot be read as UTF-8 text: {error}.") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            row: dict[str, Any] = {"outcome": "refused", "user_id": None, "notes": ["This line is no JSON."]}
        else:
            row = asdict(await import_user(context, record))
        rows.append({"line": number, **row})
    return Listing(("line", "outcome", "user_id", "notes"), rows, f"{file} has no lines.")


def _shown(record: "UserRecord") -> dict[str, Any]:
    from claimsmith.domain.users import IdentityType

    return {
        **asdict(record.user),
        **{kind.value: record.primary(kind) for kind in IdentityType},
        "organizations": list(record.organization_codes),
    }
