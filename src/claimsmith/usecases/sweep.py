"""Forget what has expired."""

from datetime import timedelta

from claimsmith.usecases.context import Platform

KEEP = timedelta(hours=1)
KEEP_FLOWS = timedelta(days=1)
"""So long a sign-in that is over can still say which application it was for."""

KEEP_MESSAGES = timedelta(days=7)
"""So long it can be seen whether a message was delivered."""

KEEP_BILLING_EVENTS = timedelta(days=90)
"""So long it can be read what happened to customers; an agreement keeps its own history."""

KEEP_ACTIVITY = timedelta(days=800)
"""So long it is known who was active in a month."""


async def sweep(platform: Platform) -> None:
    """Delete what has expired, and retired signing keys, in every environment."""
    now = platform.now()
    before = now - KEEP
    for runtime in platform.directory.runtimes:
        async with platform.database.storing(runtime.id) as work:
            await work.revoked_tokens.sweep(before)
            await work.console_sessions.sweep(before)
            await work.grants.sweep(before)
            await work.messages.sweep(now - KEEP_MESSAGES)
            await work.one_time_codes.sweep(before)
            await work.rate_limits.sweep(before)
            await work.signing_keys.remove_retired(before)
            await work.sso_sessions.sweep(before)
            await work.sign_in_flows.sweep(now - KEEP_FLOWS)
            await work.device_codes.sweep(before)
            await work.portal_visits.sweep(before)
            await work.logout_notices.sweep(now - KEEP_FLOWS)
            await work.billing_events.sweep(now - KEEP_BILLING_EVENTS)
            await work.usage.sweep_active((now - KEEP_ACTIVITY).date())
