"""Make, rotate and revoke the client secrets of an application. A new one is shown once."""

from starlette.responses import Response

from claimsmith.domain.errors import DomainError
from claimsmith.edge.console.applications import application_values
from claimsmith.edge.console.visits import Visit
from claimsmith.edge.page_forms import whole_number
from claimsmith.usecases import applications, client_secrets
from claimsmith.usecases.client_secrets import NewSecret

_SECONDS_A_DAY = 86_400


async def add_secret(visit: Visit) -> Response:
    """Make another secret and show it."""
    form = visit.form
    days = form.text("days")
    try:
        made = await client_secrets.add_secret(
            visit.context,
            visit.word("id"),
            name=form.text("secret_name"),
            expires_in_seconds=_seconds(days),
        )
    except DomainError as problem:
        _name_after_form(problem)
        values = await application_values(visit)
        values["secret_form"] = {"name": form.text("secret_name"), "days": days}
        values["posted"] = "secrets"
        return visit.refused("application.html", problem, **values)
    return await _shown(visit, made, "Secret made")


async def rotate_secret(visit: Visit) -> Response:
    """Make the successor of a secret and show it; the old one lives on for the chosen overlap."""
    form = visit.form
    days = form.text("days")
    try:
        made = await client_secrets.rotate_secret(
            visit.context,
            visit.word("id"),
            visit.word("secret_id"),
            overlap_seconds=whole_number(form.text("overlap_seconds", "0"), "overlap_seconds"),
            expires_in_seconds=_seconds(days),
        )
    except DomainError as problem:
        _name_after_form(problem)
        values = await application_values(visit)
        rotation = {"secret_id": visit.word("secret_id"), "days": days}
        return visit.refused(
            "application.html", problem, **values | {"rotation": rotation, "posted": "rotation"}
        )
    return await _shown(visit, made, "Secret rotated")


async def revoke_secret(visit: Visit) -> Response:
    """Delete a secret."""
    await client_secrets.revoke_secret(visit.context, visit.word("id"), visit.word("secret_id"))
    return visit.go(f"/applications/{visit.word('id')}", "revoked")


def _seconds(days: str) -> int | None:
    return whole_number(days, "days") * _SECONDS_A_DAY if days else None


def _name_after_form(problem: DomainError) -> None:
    """Give a refused value the name of the field that it was typed into."""
    names = {"name": "secret_name", "expires_in_seconds": "days"}
    problem.field = names.get(problem.field or "", problem.field)


async def _shown(visit: Visit, made: NewSecret, title: str) -> Response:
    application = await applications.get_application(visit.context, visit.word("id"))
    return visit.page(
        "secret_shown.html", status=201, application=application, secret=made.secret.reveal(), title=title
    )
