"""Store token profiles."""

from dataclasses import fields
from typing import Any

from sqlalchemy import select as sql_select

from claimsmith.domain.token_profiles import FlagChoice, TokenKind, TokenProfile
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import token_profiles


class TokenProfileStore(Store):
    """Store the token profiles of one environment."""

    async def find(self, application_id: str, kind: TokenKind) -> TokenProfile | None:
        """Return the saved profile of one application for one kind of token, or `None`."""
        row = await self.row(
            self.select(
                token_profiles,
                token_profiles.c.application_id == application_id,
                token_profiles.c.kind == kind.value,
            )
        )
        return _profile(row) if row else None

    async def of_application(self, application_id: str) -> dict[TokenKind, TokenProfile]:
        """Return every saved profile of one application."""
        rows = await self.rows(self.select(token_profiles, token_profiles.c.application_id == application_id))
        return {TokenKind(row["kind"]): _profile(row) for row in rows}

    async def put(self, profile: TokenProfile) -> None:
        """Insert a profile or replace the saved one."""
        values = _columns(profile)
        key = {name: values.pop(name) for name in ("application_id", "kind")}
        replaced = await self.run(
            self.update(
                token_profiles,
                token_profiles.c.application_id == key["application_id"],
                token_profiles.c.kind == key["kind"],
            ).values(**values)
        )
        if not replaced:
            await self.insert(token_profiles, **key, **values)

    async def longest_lifetime_seconds(self) -> int:
        """Return the longest lifetime that any saved profile of the environment gives, or 0."""
        found = await self.connection.execute(
            sql_select(token_profiles.c.lifetime_seconds)
            .where(self.within(token_profiles))
            .order_by(token_profiles.c.lifetime_seconds.desc())
            .limit(1)
        )
        return int(found.scalar() or 0)


def _columns(profile: TokenProfile) -> dict[str, Any]:
    values = {field.name: getattr(profile, field.name) for field in fields(TokenProfile)}
    values["kind"] = profile.kind.value
    values["additional_claims"] = list(profile.additional_claims)
    values["properties"] = list(profile.properties)
    flags = profile.feature_flags
    values["feature_flags"] = flags if isinstance(flags, str) else list(flags)
    return values


def _profile(row: Row) -> TokenProfile:
    values = {field.name: row[field.name] for field in fields(TokenProfile)}
    values["kind"] = TokenKind(row["kind"])
    values["additional_claims"] = tuple(row["additional_claims"])
    values["properties"] = tuple(row["properties"])
    flags: FlagChoice = row["feature_flags"]
    values["feature_flags"] = flags if isinstance(flags, str) else tuple(flags)
    return TokenProfile(**values)
