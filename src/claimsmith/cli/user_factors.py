"""`claimsmith user factors ...` and `claimsmith user passkeys ...`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from claimsmith.cli.commands import Commands
from claimsmith.cli.finding import confirmed, the_user
from claimsmith.cli.output import Done, Listing, Record

if TYPE_CHECKING:
    from claimsmith.usecases.context import Context

User = Annotated[str, typer.Argument(metavar="USER", help="Id, email address or username.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

factors = Commands(
    "See the second factors of a user, and take them away.",
    example="claimsmith user factors show ada@example.com",
)
passkeys = Commands(
    "See the passkeys of a user, and take them away.",
    example="claimsmith user passkeys list ada@example.com",
)


@factors.command("show")
async def show_factors(context: "Context", user: User) -> Record:
    """Show the second factors of a user, how many recovery codes are left, and whether one was put off."""
    from claimsmith.usecases import mfa

    found = await mfa.get_factors(context, (await the_user(context, user)).user.id)
    return Record(
        {
            "factors": [asdict(each) for each in found.factors],
            "recovery_codes_left": found.recovery_codes_left,
            "is_declined": found.is_declined,
        }
    )


@factors.command("remove")
async def remove_factor(
    context: "Context",
    user: User,
    factor_id: Annotated[str, typer.Argument(metavar="FACTOR", help="Id of the factor: mfa_...")],
    yes: Yes = False,
) -> Done:
    """Take one second factor of a user away; with the last one go the recovery codes. The user is told."""
    from claimsmith.usecases import mfa

    user_id = (await the_user(context, user)).user.id
    confirmed(f"Taking the second factor {factor_id} of {user!r} away", yes=yes)
    await mfa.remove_factor(context, user_id, factor_id)
    return Done(f"Took the second factor {factor_id} of {user!r} away.", {"id": user_id, "factor": factor_id})


@factors.command("reset")
async def reset_factors(context: "Context", user: User, yes: Yes = False) -> Done:
    """Take every second factor of a user away, with recovery codes, locks and a "not now"."""
    from claimsmith.usecases import mfa

    user_id = (await the_user(context, user)).user.id
    confirmed(f"Taking every second factor of {user!r} away", yes=yes)
    await mfa.reset_factors(context, user_id)
    return Done(f"The second factors of {user!r} are reset.", {"id": user_id})


@passkeys.command("list")
async def list_passkeys(context: "Context", user: User) -> Listing:
    """List the passkeys of a user, the oldest first."""
    from claimsmith.usecases import passkeys as usecase

    found = await usecase.list_passkeys(context, (await the_user(context, user)).user.id)
    columns = ("id", "name", "is_backed_up", "total_sign_ins", "last_signed_in_at", "created_at")
    return Listing(
        columns,
        [{name: getattr(each, name) for name in columns} for each in found],
        "The user has no passkey.",
    )


@passkeys.command("remove")
async def remove_passkey(
    context: "Context",
    user: User,
    passkey_id: Annotated[str, typer.Argument(metavar="PASSKEY", help="Id of the passkey: psk_...")],
    yes: Yes = False,
) -> Done:
    """Take one passkey of a user away. The user is told."""
    from claimsmith.usecases import passkeys as usecase

    user_id = (await the_user(context, user)).user.id
    confirmed(f"Taking the passkey {passkey_id} of {user!r} away", yes=yes)
    await usecase.remove_passkey(context, user_id, passkey_id)
    return Done(f"Took the passkey {passkey_id} of {user!r} away.", {"id": user_id, "passkey": passkey_id})
