"""`claimsmith bootstrap`."""

from typing import Annotated

import typer

from claimsmith.cli.commands import Commands, Common
from claimsmith.cli.output import Record

commands = Commands()


@commands.command("bootstrap", example="claimsmith bootstrap --json")
def bootstrap(
    common: Common,
    issuer: Annotated[str | None, typer.Option(help="Fix the issuer URL of the default environment.")] = None,
) -> Record | None:
    """Make credentials for the management API, with all its scopes.

    Works before the first start and while a server runs. The management application is made once; each run
    makes another secret for it and leaves those that are alive. The secret is shown this once.
    """
    from claimsmith.domain.management_scopes import MANAGEMENT_SCOPES
    from claimsmith.usecases import bootstrap as use_case

    made = common.run(
        lambda context: use_case.bootstrap(context, MANAGEMENT_SCOPES), makes=True, issuer=issuer
    )
    management = {
        "client_id": made.client_id,
        "client_secret": made.secret.reveal(),
        "audience": made.audience,
    }
    if common.as_json:
        return Record({"issuer": made.issuer, "management": management})
    return Record(
        {"issuer": made.issuer, **management},
        notes=("The secret is not stored and cannot be shown again.",),
    )
