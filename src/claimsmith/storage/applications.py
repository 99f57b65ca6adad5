"""Store applications."""

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import String, cast, select

from claimsmith.domain.applications import Application, ApplicationType, SignInOptions
from claimsmith.domain.origins import origins_of, registered_key
from claimsmith.domain.paging import Page
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import application_origins, applications

_OPTION_NAMES = frozenset(field.name for field in fields(SignInOptions) if field.init)


class ApplicationStore(Store):
    """Store the applications of one environment."""

    async def find(self, application_id: str) -> Application | None:
        """Return one application, or `None`."""
        row = await self.find_one(applications, id=application_id)
        return _application(row) if row else None

    async def with_logout_uri(self, uri: str) -> Application | None:
        """Return an application that registered exactly this logout URI, or `None`."""
        quoted = json.dumps(uri, ensure_ascii=False)
        listed = cast(applications.c.logout_uris, String).contains(quoted, autoescape=True)
        rows = await self.rows(self.select(applications, listed).order_by(applications.c.id))
        return next((found for row in rows if uri in (found := _application(row)).logout_uris), None)

    async def page_by_name(
        self, *, page_size: int | None, next_token: str | None, descending: bool = False
    ) -> Page[Application]:
        """Return one page of applications in the order of their names."""
        return await self.page(
            self.select(applications),
            (applications.c.name, applications.c.id),
            _application,
            page_size=page_size,
            next_token=next_token,
            descending=descending,
        )

    async def of_organization(self, organization_code: str) -> list[Application]:
        """Return the applications that are scoped to one organization."""
        rows = await self.rows(
            self.select(applications, applications.c.organization_code == organization_code).order_by(
                applications.c.name
            )
        )
        return [_application(row) for row in rows]

    async def add(self, application: Application) -> None:
        """Insert one application."""
        await self.insert(applications, **_columns(application))
        await self._keep_origins(application)

    async def replace(self, application: Application) -> None:
        """Write every member of an application that exists."""
        values = _columns(application)
        del values["created_at"]
        await self.change(applications, {"id": application.id}, **values)
        of_it = application_origins.c.application_id == application.id
        await self.run(self.delete(application_origins, of_it))
        await self._keep_origins(application)

    async def origins_at(self, keys: Sequence[str]) -> list[str]:
        """Return the origins of applications that are kept under some keys."""
        rows = await self.rows(
            select(application_origins.c.origin)
            .where(self.within(application_origins), application_origins.c.key.in_(keys))
            .distinct()
        )
        return [row["origin"] for row in rows]

    async def _keep_origins(self, application: Application) -> None:
        await self.insert_many(
            application_origins,
            [
                {"key": registered_key(origin), "application_id": application.id, "origin": origin}
                for origin in origins_of(application.redirect_uris)
            ],
        )

    async def remove(self, application_id: str) -> bool:
        """Delete one application and all that hangs on it; tell whether it was there."""
        return await self.remove_all(applications, id=application_id) > 0


def _columns(application: Application) -> dict[str, Any]:
    values = {field.name: getattr(application, field.name) for field in fields(Application)}
    values["type"] = application.type.value
    values["options"] = asdict(application.options)
    values["redirect_uris"] = list(application.redirect_uris)
    values["logout_uris"] = list(application.logout_uris)
    return values


def _application(row: Row) -> Application:
    values = {field.name: row[field.name] for field in fields(Application)}
    options = {name: value for name, value in row["options"].items() if name in _OPTION_NAMES}
    values["type"] = ApplicationType(row["type"])
    values["options"] = SignInOptions(**options)
    values["redirect_uris"] = tuple(row["redirect_uris"])
    values["logout_uris"] = tuple(row["logout_uris"])
    return Application(**values)
