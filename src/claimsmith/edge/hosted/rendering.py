"""Render the pages of people: everything is escaped, in their language, in the look of the environment."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from claimsmith.domain.applications import Application
from claimsmith.domain.branding import Branding
from claimsmith.domain.errors import DomainError
from claimsmith.domain.organizations import Organization
from claimsmith.edge.hosted.problems import told
from claimsmith.edge.page_headers import content_security_policy
from claimsmith.edge.static_files import static_address
from claimsmith.texts import Texts, choose_language, texts_in

_FOLDER = Path(__file__).parent.parent / "templates" / "hosted"
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\[\]:_-]+", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9.+-]*", re.ASCII)


def texts_for(request: Request, wanted: Sequence[str | None] = ()) -> Texts:
    """Return the texts of the language that was asked for, by `lang`, the browser, or at all."""
    asked = [*wanted, request.query_params.get("lang"), request.query_params.get("ui_locales")]
    return texts_in(choose_language(asked, request.headers.get("accept-language")))


def render(
    request: Request,
    template: str,
    *,
    texts: Texts,
    status: int = 200,
    application: Application | None = None,
    organization: Organization | None = None,
    redirect_uri: str | None = None,
    problem: DomainError | None = None,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """Answer with a page. `redirect_uri` is where the answer to its form may lead besides this server."""
    root = request.scope["root_path"]
    code = organization.code if organization else None
    branding = branding_of(request, organization)
    logo = logo_of(application, organization, branding.theme)
    content = (
        _templates()
        .get_template(template)
        .render(
            texts=texts,
            root=root,
            static=lambda name: root + static_address(name),
            brand_sheet=f"{root}/auth/brand.css" + (f"?{urlencode({'org_code': code})}" if code else ""),
            theme=branding.theme,
            logo=logo,
            application=application,
            organization=organization,
            problem=problem,
            told=told(texts, problem) if problem else None,
            **values,
        )
    )
    images = origins(logo.light if logo else None) + origins(logo.dark if logo else None)
    policy = content_security_policy(form_actions=origins(redirect_uri), images=images)
    return HTMLResponse(content, status, {**(headers or {}), "Content-Security-Policy": policy})


@dataclass(frozen=True, slots=True)
class Logo:
    """Hold the addresses of a logo by day and by night, and whose it is. `dark` is there when it differs."""

    light: str
    dark: str | None
    name: str


def logo_of(application: Application | None, organization: Organization | None, theme: str) -> Logo | None:
    """Return the logo that a page shows: the organization's, or the application's, or `None`."""
    light = organization.branding.get("logo_uri") if organization else None
    dark = organization.branding.get("logo_dark_uri") if organization else None
    if organization is not None and (light or dark):
        chosen = {"light": (light or dark, None), "dark": (dark or light, None)}
        first, second = chosen.get(theme, (light or dark, dark if light else None))
        return Logo(first or "", second, organization.name)
    if application is not None and application.logo_uri:
        return Logo(application.logo_uri, None, application.name)
    return None


def branding_of(request: Request, organization: Organization | None) -> Branding:
    """Return the look of the environment, over which that of an organization counts."""
    policies = request.scope["claimsmith.runtime"].view.policies
    layers: list[Mapping[str, object]] = [policies.branding.values]
    if organization is not None:
        layers.append(organization.branding)
    return Branding.of(layers)


def origins(address: str | None) -> list[str]:
    """Return what a Content-Security-Policy calls the origin of an address: `https://a.b`, or `app:`."""
    if not address:
        return []
    try:
        parts = urlsplit(address)
    except ValueError:
        return []
    if parts.scheme in ("http", "https"):
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        return [origin] if _ORIGIN.fullmatch(origin) else []
    return [f"{parts.scheme}:"] if _SCHEME.fullmatch(parts.scheme) else []


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        auto_reload=False,  # a file is not looked for again at each page
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals.update(is_about=_is_about, is_about_a_field=_is_about_a_field)
    return templates


def _is_about(problem: DomainError | None, name: str) -> bool:
    return problem is not None and problem.field == name


def _is_about_a_field(problem: DomainError | None) -> bool:
    """Tell whether one can type what is missing: then the page is opened at that field, not at its first."""
    return problem is not None and (problem.field or "").startswith("p_")
