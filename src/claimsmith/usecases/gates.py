"""Ask whether the plan of a business includes what is about to be done. Every use case asks here alone."""

from claimsmith.domain.gates import Capability, Gate
from claimsmith.domain.plan_access import UNLOCKED, PlanAccess
from claimsmith.usecases.context import Context


async def require(context: Context, capability: Capability, *, field: str | None = None) -> None:
    """Refuse what the plan does not include now. Raises `PlanRequired`, which says what brings it.

    `field` is the member that asked for it. What a plan includes is in memory: this reads no database, but
    for the moment after a change.
    """
    access = await access_of(context)
    at = context.platform.now().timestamp()
    if not access.includes(capability, at):
        raise access.told(capability, at).refusal(field)


def check_room_in(access: PlanAccess, capability: Capability, count: int, at: float) -> None:
    """Refuse one more than `count` when the plan includes no more. Raises `PlanRequired`."""
    most = access.limit(capability, at)
    if most is not None and count >= most:
        raise access.beyond(capability, at).refusal()


async def gate(context: Context, capability: Capability) -> Gate | None:
    """Return what there is to say of a capability that the plan does not include now; `None` when it does."""
    access = await access_of(context)
    at = context.platform.now().timestamp()
    return None if access.includes(capability, at) else access.told(capability, at)


async def access_of(context: Context) -> PlanAccess:
    """Return what the plan of the environment's business includes."""
    runtime = await context.platform.directory.current(context.environment.id)
    return UNLOCKED if runtime is None else runtime.view.access
