"""Make and read refresh tokens: the id of a grant, a number, and a code that vouches for both.

Nothing of a refresh token is stored but the number in force; the same token can be made again.
"""

import hmac
import re

from claimsmith.oauth.ports import Macs

PREFIX = "cs_rt_"
_PURPOSE = "refresh token"
_TOKEN = re.compile(r"cs_rt_([0-9a-f]{15})_([1-9][0-9]{0,17})_[0-9a-f]{64}", re.ASCII)


def make_refresh_token(macs: Macs, environment_id: str, grant_id: str, sequence: int) -> str:
    """Return the refresh token of a grant that has a number."""
    code = macs.of(_PURPOSE, environment_id, f"{grant_id}|{sequence}".encode("ascii"))
    return f"{PREFIX}{grant_id}_{sequence}_{code.hex()}"


def read_refresh_token(macs: Macs, environment_id: str, text: str) -> tuple[str, int] | None:
    """Return the grant's id and the number of a token that this environment made, or `None`.

    The whole text is compared, in constant time: a token has one spelling (G14).
    """
    found = _TOKEN.fullmatch(text)
    if found is None:
        return None
    grant_id, sequence = found[1], int(found[2])
    expected = make_refresh_token(macs, environment_id, grant_id, sequence)
    return (grant_id, sequence) if hmac.compare_digest(expected, text) else None
