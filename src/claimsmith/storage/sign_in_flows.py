"""Store sign-ins under way; of a flow's token and its browser's binder only the hashes."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import update

from claimsmith.domain.authorization_requests import AuthorizationRequest
from claimsmith.domain.sign_in_flows import FlowState, SignInFlow
from claimsmith.storage.questions import Question, Row, given, own
from claimsmith.storage.store import Store
from claimsmith.storage.tables import sign_in_flows


def _moving(**values: Any) -> Question:
    """Change a flow that nobody moved meanwhile."""
    columns = sign_in_flows.c
    return Question(
        update(sign_in_flows)
        .where(
            own(sign_in_flows),
            columns.hash == given(columns.hash),
            columns.version == given(columns.version),
            columns.ended_at.is_(None),
            columns.expires_at > given(columns.expires_at, "now"),
        )
        .values(version=given(columns.version) + 1, **values)
        .returning(columns.version)
    )


_ADVANCE = _moving(state=given(sign_in_flows.c.state))
_END = _moving(ended_at=given(sign_in_flows.c.expires_at, "now"))


class SignInFlowStore(Store):
    """Store the sign-ins under way of one environment."""

    async def add(self, flow: SignInFlow, binder_hash: bytes) -> None:
        """Insert one flow, bound to a browser."""
        await self.insert_later(
            sign_in_flows,
            hash=flow.hash,
            binder_hash=binder_hash,
            client_id=flow.request.client_id,
            request=flow.request.to_json(),
            state=flow.state.to_json(),
            version=flow.version,
            created_at=flow.created_at,
            expires_at=flow.expires_at,
        )

    async def find(self, hash: bytes) -> tuple[SignInFlow, bytes] | None:
        """Return the flow of a token's hash with the hash of its binder, or `None`."""
        row = await self.find_one(sign_in_flows, hash=hash)
        return (_flow(row), row["binder_hash"]) if row else None

    async def advance(self, flow: SignInFlow, state: FlowState, now: datetime) -> SignInFlow | None:
        """Write the next state of a flow that nobody moved meanwhile; `None` when somebody did."""
        known = {"hash": flow.hash, "version": flow.version, "now": now}
        changed = await self.ask(_ADVANCE, **known, state=state.to_json())
        return replace(flow, state=state, version=flow.version + 1) if changed else None

    async def end(self, flow: SignInFlow, now: datetime) -> bool:
        """End a flow that nobody moved meanwhile; of two that try, one does."""
        return bool(await self.ask(_END, hash=flow.hash, version=flow.version, now=now))

    async def sweep(self, before: datetime) -> None:
        """Delete the flows that expired before a moment."""
        await self.run(self.delete(sign_in_flows, sign_in_flows.c.expires_at < before))


def _flow(row: Row) -> SignInFlow:
    return SignInFlow(
        hash=row["hash"],
        request=AuthorizationRequest.from_json(row["request"]),
        state=FlowState.from_json(row["state"]),
        version=row["version"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        ended_at=row["ended_at"],
    )
