"""Serve `/api/v1/applications/{application_id}/secrets`."""

from datetime import datetime
from typing import Any

from claimsmith.domain.applications import ClientSecret
from claimsmith.edge.management.answers import Moment, Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import client_secrets

operations = Operations("Application secrets")


class NewSecret(Body):
    """Hold the body of `POST .../secrets`. Without `expires_in_seconds` the secret never expires."""

    name: str
    expires_in_seconds: int | None = None


class Rotation(Body):
    """Hold the body of `POST .../secrets/{secret_id}/rotate`: how long the old and the new secret live."""

    overlap_seconds: int = 0
    expires_in_seconds: int | None = None


class ShownSecret(Shown):
    """Hold what is known of a client secret; `hint` is how it begins."""

    id: str
    name: str
    hint: str
    created_on: Moment | None
    expires_on: Moment | None
    last_used_on: Moment | None


class NewShownSecret(ShownSecret):
    """Hold a new client secret with its text, which no other answer shows."""

    client_secret: str


@operations.operation(
    "GET /applications/{application_id}/secrets",
    "getApplicationSecrets",
    scope="read:application_secrets",
    answer={"secrets": list[ShownSecret]},
)
async def get_secrets(context: Caller, application_id: str) -> dict[str, Any]:
    """List the secrets of an application, without the secrets themselves."""
    found = await client_secrets.list_secrets(context, application_id)
    return ok(secrets=[_shown(secret) for secret in found])


@operations.operation(
    "POST /applications/{application_id}/secrets",
    "createApplicationSecret",
    scope="create:application_secrets",
    status=201,
    answer={"secret": NewShownSecret},
)
async def create_secret(context: Caller, application_id: str, body: NewSecret) -> dict[str, Any]:
    """Make another secret; the answer holds it, this once."""
    new = await client_secrets.add_secret(
        context, application_id, name=body.name, expires_in_seconds=body.expires_in_seconds
    )
    secret: NewShownSecret = {**_shown(new.record), "client_secret": new.secret.reveal()}
    return ok("Secret created", "APPLICATION_SECRET_CREATED", secret=secret)


@operations.operation(
    "POST /applications/{application_id}/secrets/{secret_id}/rotate",
    "rotateApplicationSecret",
    scope="update:application_secrets",
    status=201,
    answer={"secret": NewShownSecret},
)
async def rotate_secret(
    context: Caller, application_id: str, secret_id: str, body: Rotation
) -> dict[str, Any]:
    """Make a successor of a secret; the answer holds it, this once."""
    new = await client_secrets.rotate_secret(context, application_id, secret_id, **body.model_dump())
    secret: NewShownSecret = {**_shown(new.record), "client_secret": new.secret.reveal()}
    return ok("Secret rotated", "APPLICATION_SECRET_ROTATED", secret=secret)


@operations.operation(
    "DELETE /applications/{application_id}/secrets/{secret_id}",
    "deleteApplicationSecret",
    scope="delete:application_secrets",
)
async def delete_secret(context: Caller, application_id: str, secret_id: str) -> dict[str, Any]:
    """Revoke a secret."""
    await client_secrets.revoke_secret(context, application_id, secret_id)
    return ok("Secret revoked", "APPLICATION_SECRET_DELETED")


def _shown(secret: ClientSecret) -> ShownSecret:
    return {
        "id": secret.id,
        "name": secret.name,
        "hint": secret.hint,
        "created_on": _moment(secret.created_at),
        "expires_on": _moment(secret.expires_at),
        "last_used_on": _moment(secret.last_used_at),
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
