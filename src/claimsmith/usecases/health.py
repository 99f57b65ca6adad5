"""Check by name whether this process can serve."""

from claimsmith.domain.errors import Unavailable
from claimsmith.storage.schema import HEAD, current_revision
from claimsmith.usecases.context import Platform


async def check_readiness(platform: Platform) -> dict[str, str]:
    """Return each check by name with `ok` or what is wrong: database, schema, keys, change_feed."""
    checks: dict[str, str] = {}
    try:
        revision = await current_revision(platform.database)
        checks["database"] = "ok"
        checks["schema"] = "ok" if revision == HEAD else f"at {revision}, {HEAD} is needed"
    except Unavailable as error:
        checks["database"] = error.message
        checks["schema"] = "not read"
    runtimes = platform.directory.runtimes
    now = platform.now().timestamp()
    keyless = [each.environment.code for each in runtimes if not each.keys.can_sign("RS256", now)]
    checks["keys"] = f"no signing key in: {', '.join(keyless)}" if keyless else "ok"
    checks["change_feed"] = "ok" if platform.directory.is_fresh() else "behind: changes are not arriving"
    return checks
