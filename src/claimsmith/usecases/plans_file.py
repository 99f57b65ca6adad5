"""Read the operator's plans from a file, and put them in force for every process of the installation."""

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.operator_plans import read_plans
from claimsmith.storage.businesses import BusinessStore
from claimsmith.usecases.business_due import SYSTEM
from claimsmith.usecases.context import Platform

_FIELD = "plans_file"


def read_plans_file(path: Path) -> dict[str, Any]:
    """Return the document of a plans file. Raises `InvalidInput` that names file, key and remedy."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _wrong(f"The plans file {path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(f"The plans file {path} is not TOML: {error}.") from None
    try:
        read_plans(document, datetime.now(UTC))
    except InvalidInput as error:
        raise _wrong(f"In the plans file {path}, {error.message}") from None
    return document


def _wrong(message: str) -> InvalidInput:
    return InvalidInput(message, field=_FIELD, code="PLANS_FILE_INVALID")


async def put_in_force(platform: Platform, document: Mapping[str, Any] | None) -> None:
    """Put the plans of a document in force; `None` puts none in force, which unlocks everything.

    Nothing is written for what is in force already.
    """
    async with platform.database.across_environments() as connection:
        store = BusinessStore(connection)
        found, ids = await store.document(), await store.environment_ids()
    if (None if found is None else found[0]) == document:
        return
    async with platform.database.changing_several(ids, SYSTEM) as works:
        await BusinessStore(works[0].connection).put_document(document, platform.now())
        for work in works:
            work.record("operator_plans", "in_force", "changed")
