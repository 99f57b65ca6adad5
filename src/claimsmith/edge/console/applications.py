"""Show, register, change and delete applications."""

from typing import Any

from starlette.responses import Response

from claimsmith.domain.applications import ApplicationType
from claimsmith.domain.errors import DomainError
from claimsmith.domain.gates import ORGANIZATION_MACHINES, PREVIOUS_SECRET
from claimsmith.edge.console.visits import Visit
from claimsmith.usecases import applications, client_secrets, gates, organizations, usage

PAGE_SIZE = 50
_URI_LISTS = ("redirect_uris", "logout_uris")
_URLS = ("login_uri", "homepage_uri", "logo_uri", "policy_uri", "terms_uri")
_ABOUT = {
    ApplicationType.M2M: "A program that calls APIs for itself: a job, a service, a script. Gets M2M tokens.",
    ApplicationType.REG: "A web application with a server that keeps a secret. People sign in to it.",
    ApplicationType.SPA: "An application in the browser or on a phone. It can keep no secret.",
    ApplicationType.DEVICE: "A television, a terminal, a device without a browser.",
}


async def applications_page(visit: Visit) -> Response:
    """List the applications, a page at a time."""
    found = await applications.list_applications(
        visit.context, page_size=PAGE_SIZE, next_token=visit.asked("next")
    )
    return visit.page("applications.html", found=found, is_first=visit.asked("next") is None)


async def new_application(visit: Visit) -> Response:
    """Show the form for a new application."""
    return visit.page("application_new.html", **await _new_values(visit))


async def create_application(visit: Visit) -> Response:
    """Register an application and show its first secret, this once."""
    form = visit.form
    try:
        created = await applications.create_application(
            visit.context,
            name=form.text("name"),
            type=form.text("type"),
            organization_code=form.text("org_code") or None,
        )
    except DomainError as problem:
        return visit.refused("application_new.html", problem, **await _new_values(visit))
    if created.secret is None:
        return visit.go(f"/applications/{created.application.id}", "created")
    return visit.page(
        "secret_shown.html",
        status=201,
        application=created.application,
        secret=created.secret.reveal(),
        title="Application registered",
    )


async def application_page(visit: Visit) -> Response:
    """Show one application with its secrets."""
    return visit.page("application.html", **await application_values(visit))


async def change_application(visit: Visit) -> Response:
    """Save the name and the URLs of an application."""
    form = visit.form
    changes: dict[str, Any] = {name: form.text(name) for name in ("name", *_URLS) if name in form}
    changes |= {name: form.lines(name) for name in _URI_LISTS if name in form}
    try:
        await applications.change_application(visit.context, visit.word("id"), changes)
    except DomainError as problem:
        entered = {name: form.text(name) for name in ("name", *_URLS, *_URI_LISTS)}
        return visit.refused(
            "application.html", problem, **(await application_values(visit) | {"entered": entered})
        )
    return visit.go(f"/applications/{visit.word('id')}", "saved")


async def confirm_deletion(visit: Visit) -> Response:
    """Ask before an application is deleted."""
    application = await applications.get_application(visit.context, visit.word("id"))
    return visit.page("application_delete.html", application=application)


async def delete_application(visit: Visit) -> Response:
    """Delete an application."""
    await applications.delete_application(visit.context, visit.word("id"))
    return visit.go("/applications", "deleted")


async def application_values(visit: Visit) -> dict[str, Any]:
    """Return what the page of one application shows. Raises `NotFound`."""
    application = await applications.get_application(visit.context, visit.word("id"))
    days = await usage.read_usage(visit.context, application_id=application.id)
    return {
        "application": application,
        "secrets": await client_secrets.list_secrets(visit.context, application.id),
        "now": visit.context.platform.now(),
        "issued": sum(day.issued for day in days),
        "refused": sum(sum(day.refused.values()) for day in days),
        "entered": {
            "name": application.name,
            **{name: getattr(application, name) or "" for name in _URLS},
            "redirect_uris": "\n".join(application.redirect_uris),
            "logout_uris": "\n".join(application.logout_uris),
        },
        "secret_form": {"name": "", "days": ""},
        "rotation": {"secret_id": "", "days": ""},
        "gate": await gates.gate(visit.context, PREVIOUS_SECRET),
        "posted": "details",
    }


async def _new_values(visit: Visit) -> dict[str, Any]:
    found = await organizations.list_organizations(visit.context, page_size=500)
    return {
        "types": [(each, _ABOUT[each]) for each in _ABOUT],
        "organizations": found.items,
        "gate": await gates.gate(visit.context, ORGANIZATION_MACHINES),
        "entered": {
            "name": visit.form.text("name"),
            "type": visit.form.text("type", "m2m"),
            "org_code": visit.form.text("org_code"),
        },
    }
