"""Read what a client knows of the person: `login_hint`, `id_token_hint`, `lang` and `ui_locales`."""

import re
from collections.abc import Mapping
from typing import Any

from claimsmith.domain.login_hints import clean_hint
from claimsmith.oauth.authorization.asked import Asked, Members
from claimsmith.oauth.errors import InvalidRequest

MOST_LANGUAGES = 10
_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}", re.ASCII)


def check(asked: Asked) -> Members:
    """Raise `InvalidRequest` for an `id_token_hint` that is no ID token of this client.

    A login hint that is too long or holds control characters, and a language that is none, are ignored: they
    are wishes. `language` holds language tags in the order of preference, with a space between.
    """
    hint = asked.get("login_hint")
    wanted = [asked.get("lang") or "", *(asked.get("ui_locales") or "").split(" ")]
    languages = [tag for tag in dict.fromkeys(wanted) if _TAG.fullmatch(tag)][:MOST_LANGUAGES]
    return {
        "login_hint": clean_hint(hint) if hint else None,
        "language": " ".join(languages) or None,
        **_expected_subject(asked),
    }


def hinted_subject(claims: Mapping[str, Any] | None, client_id: str) -> str | None:
    """Return the `sub` of verified claims when they are those of an ID token for this client, or `None`.

    An access token has the APIs in `aud`, so it is none.
    """
    if claims is None:
        return None
    audience, subject = claims.get("aud"), claims.get("sub")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or client_id not in audiences or not isinstance(subject, str):
        return None
    return subject


def check_same_subject(one: str, other: str) -> None:
    """Raise `InvalidRequest` when an ID token hint and a requested `sub` name different people."""
    if one != other:
        raise InvalidRequest(
            "The id_token_hint and the sub of the claims parameter name different people.",
            reason="id_token_hint_invalid",
        )


def _expected_subject(asked: Asked) -> Members:
    token = asked.get("id_token_hint")
    if token is None:
        return {}
    subject = hinted_subject(asked.verify_hint(token), asked.client.application.id)
    if subject is None:
        raise InvalidRequest(
            "The id_token_hint is not an ID token that was issued to this application.",
            reason="id_token_hint_invalid",
        )
    return {"expected_subject": subject}
