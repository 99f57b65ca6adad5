"""Make, list, rotate and revoke the client secrets of an application."""

from dataclasses import dataclass
from datetime import timedelta

from claimsmith.crypto.secrets import hash_secret, make_client_secret, random_hex
from claimsmith.domain.applications import LARGEST_NUMBER_OF_SECRETS, ClientSecret
from claimsmith.domain.errors import InvalidInput, LimitReached, NotFound, NotPermitted
from claimsmith.domain.gates import PREVIOUS_SECRET
from claimsmith.domain.keys_and_names import check_name
from claimsmith.domain.secrets import PlainSecret
from claimsmith.storage.work import Work
from claimsmith.usecases.applications import find_application
from claimsmith.usecases.context import Context
from claimsmith.usecases.gates import require

LONGEST_EXPIRY_SECONDS = 10 * 365 * 86_400
LONGEST_OVERLAP_SECONDS = 30 * 86_400


@dataclass(frozen=True, slots=True)
class NewSecret:
    """Hold a new secret and its record. The secret itself is shown this once."""

    record: ClientSecret
    secret: PlainSecret


async def list_secrets(context: Context, application_id: str) -> list[ClientSecret]:
    """Return the secrets of an application, oldest first, without the secrets themselves."""
    await context.platform.usage.flush()
    async with context.reading() as work:
        await find_application(work, application_id)
        return await work.client_secrets.of_application(application_id)


async def add_secret(
    context: Context, application_id: str, *, name: str, expires_in_seconds: int | None = None
) -> NewSecret:
    """Make another secret for an application; those it has stay alive.

    Raises `NotPermitted` for an application that cannot keep one, `LimitReached` at ten live ones.
    """
    check_name(name, "name")
    _check_seconds(expires_in_seconds, "expires_in_seconds", LONGEST_EXPIRY_SECONDS, least=60)
    async with context.changing() as work:
        await _refuse_escalation(context, work, application_id)
        return await add_in(work, application_id, name=name, expires_in_seconds=expires_in_seconds)


async def add_in(
    work: Work, application_id: str, *, name: str, expires_in_seconds: int | None = None
) -> NewSecret:
    """Do what `add_secret` does inside a changing transaction."""
    application = await find_application(work, application_id)
    if not application.type.is_confidential:
        raise NotPermitted(
            f"Applications of type {application.type.value} cannot keep a secret, so they have none.",
            code="APPLICATION_TYPE_NOT_SUPPORTED",
        )
    kept = await work.client_secrets.of_application(application_id)
    for old in kept:
        if old.expires_at is not None and old.expires_at <= work.now:
            await work.client_secrets.remove(old.id)
    alive = [old for old in kept if old.expires_at is None or old.expires_at > work.now]
    if len(alive) >= LARGEST_NUMBER_OF_SECRETS:
        raise LimitReached(
            f"The application has {len(alive)} live secrets; revoke one first.", code="TOO_MANY_SECRETS"
        )
    secret = make_client_secret()
    record = ClientSecret(
        id=f"secret_{random_hex(32)}",
        application_id=application_id,
        name=name,
        hint=secret.reveal()[:4],
        created_at=work.now,
        expires_at=work.now + timedelta(seconds=expires_in_seconds) if expires_in_seconds else None,
    )
    await work.client_secrets.add(record, hash_secret(secret.reveal()))
    work.record("application", application_id, "changed")
    return NewSecret(record, secret)


async def rotate_secret(
    context: Context,
    application_id: str,
    secret_id: str,
    *,
    overlap_seconds: int = 0,
    expires_in_seconds: int | None = None,
) -> NewSecret:
    """Make a successor of a secret; the old one dies after `overlap_seconds` (0: at once).

    An old secret that would expire sooner keeps its own expiry. The successor's is `expires_in_seconds`,
    never without it, whatever the old one's was. Raises `NotFound`, `InvalidInput`, `LimitReached`, and
    `PlanRequired` for an overlap.
    """
    _check_seconds(expires_in_seconds, "expires_in_seconds", LONGEST_EXPIRY_SECONDS, least=60)
    _check_seconds(overlap_seconds, "overlap_seconds", LONGEST_OVERLAP_SECONDS, least=0)
    if overlap_seconds:
        await require(context, PREVIOUS_SECRET, field="overlap_seconds")
    async with context.changing() as work:
        old = await _find(work, application_id, secret_id)
        await _refuse_escalation(context, work, application_id)
        if overlap_seconds == 0:
            await work.client_secrets.remove(secret_id)
        else:
            ends = work.now + timedelta(seconds=overlap_seconds)
            if old.expires_at is None or old.expires_at > ends:
                await work.client_secrets.expire(secret_id, ends)
        return await add_in(work, application_id, name=old.name, expires_in_seconds=expires_in_seconds)


async def revoke_secret(context: Context, application_id: str, secret_id: str) -> None:
    """Delete a secret; it stops working on every process within a second."""
    async with context.changing() as work:
        await _find(work, application_id, secret_id)
        await work.client_secrets.remove(secret_id)
        work.record("application", application_id, "changed")


async def _refuse_escalation(context: Context, work: Work, application_id: str) -> None:
    """Refuse to make credentials of an application that may do more than the caller."""
    for api, enabled, _ in await work.apis.grants_of(application_id):
        if api.is_management_api:
            context.refuse_escalation(enabled)


async def _find(work: Work, application_id: str, secret_id: str) -> ClientSecret:
    await find_application(work, application_id)
    secret = await work.client_secrets.find(application_id, secret_id)
    if secret is None:
        raise NotFound(f"The application has no secret {secret_id!r}.", code="SECRET_NOT_FOUND")
    return secret


def _check_seconds(seconds: int | None, field: str, most: int, *, least: int) -> None:
    if seconds is not None and not least <= seconds <= most:
        raise InvalidInput(f"{field} is {seconds}; choose {least} to {most} seconds.", field=field)
