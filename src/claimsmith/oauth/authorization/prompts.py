"""Read `prompt`, `max_age` (OpenID Connect Core §3.1.2.1), and `start_page`, which came before `prompt`."""

import re

from claimsmith.oauth.authorization.asked import Asked, Members
from claimsmith.oauth.errors import InvalidRequest

WORDS = ("none", "login", "create", "select_account", "consent")
_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)


def check(asked: Asked) -> Members:
    """Raise `InvalidRequest` for an unknown word, `none` beside another, or a `max_age` that is no number.

    `start_page=registration` is an older way to say `prompt=create`; `start_page=login` asks for the page
    that is shown anyway, not for another authentication.
    """
    prompts = tuple(dict.fromkeys((asked.get("prompt") or "").split()))
    unknown = next((word for word in prompts if word not in WORDS), None)
    if unknown is not None:
        raise InvalidRequest(
            f"The prompt {unknown[:40]} is not supported. Supported: {', '.join(WORDS)}.",
            reason="prompt_malformed",
        )
    if "none" in prompts and len(prompts) > 1:
        raise InvalidRequest("The prompt none must stand alone.", reason="prompt_malformed")
    if not prompts and asked.get("start_page") == "registration":
        prompts = ("create",)
    return {"prompts": prompts, "max_age_seconds": _max_age(asked.get("max_age"))}


def _max_age(text: str | None) -> int | None:
    if text is None:
        return None
    if not _SECONDS.fullmatch(text):
        raise InvalidRequest(
            "The max_age must be a whole number of seconds, 0 to 999999999.", reason="max_age_malformed"
        )
    return int(text)
