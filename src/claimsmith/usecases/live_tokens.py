"""Put together what decides whether a token is still good."""

from claimsmith.oauth.live_tokens import LiveTokens
from claimsmith.usecases.context import Platform
from claimsmith.usecases.grants import StoredGrants
from claimsmith.usecases.revocations import StoredRevocations


def live_tokens(platform: Platform) -> LiveTokens:
    """Return what checks tokens against the database of a platform."""
    return LiveTokens(
        platform.directory,
        StoredRevocations(platform.database, platform.now),
        StoredGrants(platform.database),
        platform.macs,
        lambda: platform.now().timestamp(),
    )
