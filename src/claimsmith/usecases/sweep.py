"""Forget what has expired."""

from datetime import timedelta

from claimsmith.usecases.context import Platform

KEEP = timedelta(hours=1)


async def sweep(platform: Platform) -> None:
    """Delete expired revocations, console links and sessions, and retired keys of every environment."""
    before = platform.now() - KEEP
    for runtime in platform.directory.runtimes:
        async with platform.database.storing(runtime.id) as work:
            await work.revoked_tokens.sweep(before)
            await work.console_sessions.sweep(before)
            await work.signing_keys.remove_retired(before)
