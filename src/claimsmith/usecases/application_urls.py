"""Read and change the callback and logout URLs of an application, one list at a time."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from claimsmith.domain.applications import Application
from claimsmith.domain.errors import InvalidInput
from claimsmith.usecases.applications import changed_application, checked_uris, find_application
from claimsmith.usecases.context import Context

UrlList = Literal["redirect_uris", "logout_uris"]


async def list_urls(context: Context, application_id: str, name: UrlList) -> tuple[str, ...]:
    """Return one list of an application. Raises `NotFound`."""
    async with context.reading() as work:
        return _urls(await find_application(work, application_id), name)


async def add_urls(context: Context, application_id: str, name: UrlList, urls: Sequence[str]) -> None:
    """Add URLs behind those that are there; one that is there stays as it is.

    Raises `NotFound`, and `InvalidInput` for a URL that cannot be one.
    """
    _refuse_none(urls)
    added = checked_uris(tuple(urls), "urls")
    await _change(context, application_id, name, lambda before: [*before, *added])


async def replace_urls(context: Context, application_id: str, name: UrlList, urls: Sequence[str]) -> None:
    """Put URLs in the place of those that are there. Raises `NotFound`, `InvalidInput`."""
    placed = checked_uris(tuple(urls), "urls")
    await _change(context, application_id, name, lambda _: placed)


async def remove_urls(context: Context, application_id: str, name: UrlList, urls: Sequence[str]) -> None:
    """Take URLs away. Raises `NotFound`; `InvalidInput` for one that is not there, and then takes none."""
    _refuse_none(urls)

    def without(before: Sequence[str]) -> Sequence[str]:
        for url in urls:
            if url not in before:
                raise InvalidInput(
                    f"urls holds {url!r}, which is none of the application's {name}.",
                    field="urls",
                    code="URL_NOT_REGISTERED",
                )
        return [each for each in before if each not in urls]

    await _change(context, application_id, name, without)


async def _change(
    context: Context, application_id: str, name: UrlList, change: Callable[[Sequence[str]], Sequence[str]]
) -> None:
    async with context.changing() as work:
        application = await find_application(work, application_id)
        changed = changed_application(application, {name: list(change(_urls(application, name)))})
        await work.applications.replace(replace(changed, updated_at=work.now))
        work.record("application", application_id, "changed")


def _urls(application: Application, name: UrlList) -> tuple[str, ...]:
    return application.redirect_uris if name == "redirect_uris" else application.logout_uris


def _refuse_none(urls: Sequence[str]) -> None:
    if not urls:
        raise InvalidInput("urls is empty; name at least one URL.", field="urls", code="URLS_REQUIRED")
