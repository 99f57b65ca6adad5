"""Serve the callback and logout URLs of `/api/v1/applications/{application_id}`."""

import re
from typing import Annotated, Any

from fastapi import Query

from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases.application_urls import add_urls, list_urls, remove_urls, replace_urls

operations = Operations("Callbacks")

_BETWEEN_URLS = re.compile(r",(?=[A-Za-z][A-Za-z0-9+.-]*:)")


class Urls(Body):
    """Hold a body with URLs."""

    urls: list[str]


Removed = Annotated[list[str], Query(description="URLs to take away: repeated, or one list with commas.")]


@operations.operation(
    "GET /applications/{application_id}/auth_redirect_urls",
    "getCallbackURLs",
    scope="read:applications_redirect_uris",
    answer={"redirect_urls": list[str]},
)
async def get_callback_urls(context: Caller, application_id: str) -> dict[str, Any]:
    """List the callback URLs of an application."""
    return ok(redirect_urls=list(await list_urls(context, application_id, "redirect_uris")))


@operations.operation(
    "POST /applications/{application_id}/auth_redirect_urls",
    "addRedirectCallbackURLs",
    scope="create:applications_redirect_uris",
)
async def add_callback_urls(context: Caller, application_id: str, body: Urls) -> dict[str, Any]:
    """Add callback URLs to those of an application."""
    await add_urls(context, application_id, "redirect_uris", body.urls)
    return ok("Callback URLs added", "CALLBACK_URLS_ADDED")


@operations.operation(
    "PUT /applications/{application_id}/auth_redirect_urls",
    "replaceRedirectCallbackURLs",
    scope="update:applications_redirect_uris",
)
async def replace_callback_urls(context: Caller, application_id: str, body: Urls) -> dict[str, Any]:
    """Put callback URLs in the place of those of an application."""
    await replace_urls(context, application_id, "redirect_uris", body.urls)
    return ok("Callback URLs replaced", "CALLBACK_URLS_REPLACED")


@operations.operation(
    "DELETE /applications/{application_id}/auth_redirect_urls",
    "deleteCallbackURLs",
    scope="delete:applications_redirect_uris",
)
async def remove_callback_urls(context: Caller, application_id: str, urls: Removed) -> dict[str, Any]:
    """Take callback URLs away from an application."""
    await remove_urls(context, application_id, "redirect_uris", _each(urls))
    return ok("Callback URLs removed", "CALLBACK_URLS_REMOVED")


@operations.operation(
    "GET /applications/{application_id}/auth_logout_urls",
    "getLogoutURLs",
    scope="read:application_logout_uris",
    answer={"logout_urls": list[str]},
)
async def get_logout_urls(context: Caller, application_id: str) -> dict[str, Any]:
    """List the logout URLs of an application."""
    return ok(logout_urls=list(await list_urls(context, application_id, "logout_uris")))


@operations.operation(
    "POST /applications/{application_id}/auth_logout_urls",
    "addLogoutRedirectURLs",
    scope="create:application_logout_uris",
)
async def add_logout_urls(context: Caller, application_id: str, body: Urls) -> dict[str, Any]:
    """Add logout URLs to those of an application."""
    await add_urls(context, application_id, "logout_uris", body.urls)
    return ok("Logout URLs added", "LOGOUT_URLS_ADDED")


@operations.operation(
    "PUT /applications/{application_id}/auth_logout_urls",
    "replaceLogoutRedirectURLs",
    scope="update:application_logout_uris",
)
async def replace_logout_urls(context: Caller, application_id: str, body: Urls) -> dict[str, Any]:
    """Put logout URLs in the place of those of an application."""
    await replace_urls(context, application_id, "logout_uris", body.urls)
    return ok("Logout URLs replaced", "LOGOUT_URLS_REPLACED")


@operations.operation(
    "DELETE /applications/{application_id}/auth_logout_urls",
    "deleteLogoutURLs",
    scope="delete:application_logout_uris",
)
async def remove_logout_urls(context: Caller, application_id: str, urls: Removed) -> dict[str, Any]:
    """Take logout URLs away from an application."""
    await remove_urls(context, application_id, "logout_uris", _each(urls))
    return ok("Logout URLs removed", "LOGOUT_URLS_REMOVED")


def _each(urls: list[str]) -> list[str]:
    """Return the URLs of a query; a comma separates two only before a scheme, since URLs may hold commas."""
    return [url for given in urls for url in _BETWEEN_URLS.split(given) if url]
