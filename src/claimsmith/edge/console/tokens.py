"""Customize what an application's tokens carry, and see the token before anything is saved."""

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from claimsmith.claims.hasura import HASURA_NAMES
from claimsmith.claims.profile_rules import check_kind
from claimsmith.domain.apis import AuthorizedApi
from claimsmith.domain.applications import Application
from claimsmith.domain.errors import Conflict, DomainError, InvalidInput, NotFound
from claimsmith.domain.gates import API_SCOPES_IN_PERMISSIONS, Gate
from claimsmith.domain.token_profiles import TokenKind, TokenProfile
from claimsmith.edge.console.previews import PreviewPane, Wanted, preview_pane
from claimsmith.edge.console.token_drafts import Draft, option_groups, posted_draft, saved_draft
from claimsmith.edge.console.visits import Visit
from claimsmith.edge.errors import domain_status
from claimsmith.edge.page_forms import whole_number
from claimsmith.usecases import api_authorizations, applications, gates, token_profiles, users
from claimsmith.usecases.token_profiles import ProfileChoices

_ABOUT = {
    TokenKind.M2M: "What the application gets when it signs in as itself, with its client id and secret.",
    TokenKind.ACCESS: "What the application gets to call APIs for a person who signed in.",
    TokenKind.ID: "What tells the application who signed in.",
}


@dataclass(frozen=True, slots=True)
class Card:
    """Hold one kind of token: its profile, or why the application never gets it."""

    kind: TokenKind
    about: str
    profile: TokenProfile | None
    blocked_because: str | None


@dataclass(frozen=True, slots=True)
class Desk:
    """Hold what the editor of one profile works with.

    `gate` is there when the plan of the business does not include the scopes switch.
    """

    application: Application
    saved: TokenProfile
    choices: ProfileChoices
    authorized: list[AuthorizedApi]
    gate: Gate | None


async def cards(visit: Visit) -> Response:
    """Show one card for each kind of token."""
    application = await applications.get_application(visit.context, visit.word("id"))
    found = []
    for kind, about in _ABOUT.items():
        profile, blocked = None, None
        try:
            check_kind(application, kind)
            profile = await token_profiles.get_profile(visit.context, application.id, kind)
        except InvalidInput as problem:
            blocked = problem.message
        found.append(Card(kind, about, profile, blocked))
    gate = await gates.gate(visit.context, API_SCOPES_IN_PERMISSIONS)
    return visit.page("tokens.html", application=application, cards=found, gate=gate)


async def editor(visit: Visit) -> Response:
    """Show the editor of one profile with the preview of what is saved."""
    desk = await _desk(visit)
    draft = saved_draft(desk.saved)
    wanted = Wanted(_first_audience(desk), user=await _first_user(visit, desk))
    pane = await preview_pane(visit.context, desk.saved, draft, wanted)
    return visit.page("token_editor.html", **_values(desk, draft, pane, wanted))


async def take_editor(visit: Visit) -> Response:
    """Preview the entered profile (`action=preview`), or save it."""
    desk = await _desk(visit)
    draft = posted_draft(visit.form)
    if visit.form.text("action") == "preview":
        return await _again(visit, desk, draft, None)
    try:
        version = whole_number(draft.version, "version")
        await token_profiles.put_profile(visit.context, draft.profile(desk.saved), expected_version=version)
    except DomainError as problem:
        return await _again(visit, desk, draft, problem)
    return visit.go(f"/applications/{desk.application.id}/tokens/{desk.saved.kind}", "saved")


async def preview_fragment(visit: Visit) -> Response:
    """Answer the page's script with the preview of the entered profile, as HTML."""
    desk = await _desk(visit)
    draft = posted_draft(visit.form)
    wanted = _wanted(visit)
    pane = await preview_pane(visit.context, desk.saved, draft, wanted)
    status = domain_status(pane.problem) if pane.problem else 200
    values = _values(desk, draft, pane, wanted)
    return visit.page("token_preview.html", status=status, **values)


async def _again(visit: Visit, desk: Desk, draft: Draft, problem: DomainError | None) -> Response:
    """Show the editor with what was entered."""
    wanted = _wanted(visit)
    pane = await preview_pane(visit.context, desk.saved, draft, wanted)
    if problem is None and pane.problem is not None and pane.problem.field:
        problem = pane.problem
    values = _values(desk, draft, pane, wanted)
    values["is_conflict"] = isinstance(problem, Conflict)
    if problem is None:
        return visit.page("token_editor.html", **values)
    return visit.refused("token_editor.html", problem, **values)


async def _desk(visit: Visit) -> Desk:
    """Return what the editor needs. Raises `NotFound`, `InvalidInput` for a kind it never gets."""
    application = await applications.get_application(visit.context, visit.word("id"))
    try:
        kind = TokenKind(visit.word("kind"))
    except ValueError:
        raise NotFound(f"There is no kind of token {visit.word('kind')!r}: access, id, m2m.") from None
    return Desk(
        application,
        await token_profiles.get_profile(visit.context, application.id, kind),
        await token_profiles.profile_choices(visit.context, application.id, kind),
        await api_authorizations.list_application_apis(visit.context, application.id),
        None if kind is TokenKind.ID else await gates.gate(visit.context, API_SCOPES_IN_PERMISSIONS),
    )


def _first_audience(desk: Desk) -> list[str]:
    """Return the audience that a preview begins with: one of the operator's own APIs if there is one."""
    found = sorted(desk.authorized, key=lambda item: item.api.is_management_api)
    return [found[0].api.audience] if found else []


async def _first_user(visit: Visit, desk: Desk) -> str:
    """Return the id of the user that a preview begins with: the oldest one, if the token is about a user."""
    if desk.saved.kind is TokenKind.M2M:
        return ""
    page = await users.list_users(visit.context, page_size=1)
    return page.items[0].user.id if page.items else ""


def _wanted(visit: Visit) -> Wanted:
    form = visit.form
    return Wanted(
        form.texts("preview_audience"),
        form.text("preview_scope"),
        form.text("preview_user").strip(),
        form.text("preview_organization").strip(),
    )


def _values(desk: Desk, draft: Draft, pane: PreviewPane, wanted: Wanted) -> dict[str, Any]:
    kind = desk.saved.kind
    switch_block, gate = desk.choices.scopes_switch_blocked_because, desk.gate
    return {
        "application": desk.application,
        "kind": kind,
        "about": _ABOUT[kind],
        "saved": desk.saved,
        "draft": draft,
        "pane": pane,
        "authorized": desk.authorized,
        "audiences": wanted.audiences,
        "scope": wanted.scope,
        "wanted": wanted,
        "switch_block": switch_block,
        "switch_is_disabled": bool(switch_block or gate) and not draft.include_api_scopes_in_permissions,
        "gate": gate,
        "claim_groups": option_groups(desk.choices.additional_claims, draft.additional_claims, "claim"),
        "flags_block": desk.choices.feature_flags_blocked_because,
        "flag_groups": option_groups(desk.choices.feature_flags, draft.feature_flags, "feature flag"),
        "property_groups": option_groups(desk.choices.properties, draft.properties, "property"),
        "hasura_names": HASURA_NAMES,
        "is_conflict": False,
    }
