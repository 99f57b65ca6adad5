"""Read and set how long an application's tokens and sessions live, all kinds at once."""

from dataclasses import dataclass, replace
from typing import Any

from claimsmith.domain.applications import Application, ApplicationType, check_lifetime, refuse_of_machine
from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.token_profiles import TokenKind, default_profile
from claimsmith.usecases.applications import find_application
from claimsmith.usecases.context import Context
from claimsmith.usecases.keys import keep_keys


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """Hold lifetimes in seconds and the Hasura mapping; `None` for what the application never gets.

    For an M2M application the access token is the M2M token. The mapping is on when every kind of token that
    the application gets has it.
    """

    access_token_lifetime: int
    id_token_lifetime: int | None
    refresh_token_lifetime: int | None
    authenticated_session_lifetime: int | None
    is_hasura_mapping_enabled: bool


async def get_token_settings(context: Context, application_id: str) -> TokenSettings:
    """Return what `change_token_settings` sets. Raises `NotFound`."""
    async with context.reading() as work:
        application = await find_application(work, application_id)
        profiles = {
            kind: await work.token_profiles.find(application_id, kind)
            or default_profile(application_id, kind)
            for kind in application.type.token_kinds
        }
    is_machine = application.type is ApplicationType.M2M
    return TokenSettings(
        profiles[TokenKind.M2M if is_machine else TokenKind.ACCESS].lifetime_seconds,
        None if is_machine else profiles[TokenKind.ID].lifetime_seconds,
        None if is_machine else application.refresh_token_lifetime_seconds,
        None if is_machine else application.session_lifetime_seconds,
        all(profile.hasura_mapping for profile in profiles.values()),
    )


async def change_token_settings(
    context: Context,
    application_id: str,
    *,
    access_token_lifetime: int | None = None,
    refresh_token_lifetime: int | None = None,
    id_token_lifetime: int | None = None,
    authenticated_session_lifetime: int | None = None,
    is_hasura_mapping_enabled: bool | None = None,
) -> None:
    """Set token lifetimes (seconds) and the Hasura mapping of an application.

    For an M2M application the access token is the M2M token. The mapping is set for every kind of token the
    application can have. Raises `InvalidInput` when the refresh lifetime would not exceed the access one, and
    for a lifetime of what an M2M application never gets.
    """
    of_people = {
        "id_token_lifetime": id_token_lifetime,
        "refresh_token_lifetime": refresh_token_lifetime,
        "authenticated_session_lifetime": authenticated_session_lifetime,
    }
    async with context.changing() as work:
        application = await find_application(work, application_id)
        for name, value in of_people.items():
            if value is not None:
                refuse_of_machine(application, name, "set access_token_lifetime alone")
        lifetimes = {
            TokenKind.M2M if application.type is ApplicationType.M2M else TokenKind.ACCESS: (
                access_token_lifetime,
                "access_token_lifetime",
            ),
            TokenKind.ID: (id_token_lifetime, "id_token_lifetime"),
        }
        access_seconds = 0
        for kind in application.type.token_kinds:
            saved = await work.token_profiles.find(application_id, kind)
            before = profile = saved or default_profile(application_id, kind)
            seconds, field_name = lifetimes.get(kind, (None, ""))
            if seconds is not None:
                profile = replace(profile, lifetime_seconds=check_lifetime(seconds, field_name))
            if is_hasura_mapping_enabled is not None:
                profile = replace(profile, hasura_mapping=is_hasura_mapping_enabled)
            if kind is TokenKind.ACCESS:
                access_seconds = profile.lifetime_seconds
            if profile != before:
                await keep_keys(work, before, profile)
                profile = replace(profile, version=profile.version + 1, updated_at=work.now)
                await work.token_profiles.put(profile)
        changed = _with_lifetimes(application, refresh_token_lifetime, authenticated_session_lifetime)
        if changed.refresh_token_lifetime_seconds <= access_seconds:
            raise InvalidInput(
                f"refresh_token_lifetime is {changed.refresh_token_lifetime_seconds} seconds; it must exceed "
                f"the access token's {access_seconds}.",
                field="refresh_token_lifetime",
                code="LIFETIME_INVALID",
            )
        await work.applications.replace(replace(changed, updated_at=work.now))
        work.record("application", application_id, "changed")


def _with_lifetimes(
    application: Application, refresh_seconds: int | None, session_seconds: int | None
) -> Application:
    values: dict[str, Any] = {}
    if refresh_seconds is not None:
        values["refresh_token_lifetime_seconds"] = check_lifetime(refresh_seconds, "refresh_token_lifetime")
    if session_seconds is not None:
        values["session_lifetime_seconds"] = check_lifetime(session_seconds, "authenticated_session_lifetime")
    return replace(application, **values)
