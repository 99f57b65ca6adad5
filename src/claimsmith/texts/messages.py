"""Write the messages that people get: subject, plain text and HTML, from one description of each kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from claimsmith.texts.catalogues import Texts, texts_in
from claimsmith.texts.notices import NOTICES

if TYPE_CHECKING:
    from jinja2 import Template


@dataclass(frozen=True, slots=True)
class Composed:
    """Hold one message as it is sent. `html` is `None` where the channel has none."""

    subject: str
    text: str
    html: str | None


@dataclass(frozen=True, slots=True)
class _Letter:
    subject: str
    before: str
    after: tuple[str, ...]
    code: str | None = None
    link: str | None = None
    link_text: str = ""


Values = Mapping[str, str]


def compose(kind: str, language: str, values: Values) -> Composed:
    """Return one message by mail. `kind` is a key of `KINDS`; `values` hold what its text names.

    `sender` is who the message is from, as people know it. Raises `KeyError` for an unknown kind or a value
    that is missing: a defect.
    """
    texts = texts_in(language)
    letter = KINDS[kind](texts, values)
    lines = [letter.before, letter.code, letter.link, *letter.after]
    html = _page().render(
        language=texts.language,
        sender=values["sender"],
        subject=letter.subject,
        before=[letter.before],
        after=letter.after,
        code=letter.code,
        link=letter.link,
        link_text=letter.link_text,
    )
    return Composed(letter.subject, "\n\n".join(line for line in lines if line) + "\n", html)


def compose_short(language: str, values: Values) -> Composed:
    """Return a code as a text message, bound to the domain it may be typed at (its last line)."""
    texts = texts_in(language)
    told = texts("{code} is your one-time code for {sender}.", code=values["code"], sender=values["sender"])
    return Composed(told, f"{told}\n\n@{values['domain']} #{values['code']}", None)


def _code(texts: Texts, values: Values, subject: str, before: str) -> _Letter:
    return _Letter(
        subject=subject,
        before=before,
        code=values["code"],
        after=(
            texts("The code can be used once, within {minutes} minutes.", minutes=values["minutes"]),
            texts("Nobody from {sender} will ever ask you for it.", sender=values["sender"]),
            texts("If you did not ask for this code, you can ignore this message."),
        ),
    )


def _code_sign_in(texts: Texts, values: Values) -> _Letter:
    return _code(
        texts,
        values,
        texts("{code} is your code to sign in", code=values["code"]),
        texts("Type this code to sign in to {sender}:", sender=values["sender"]),
    )


def _code_sign_up(texts: Texts, values: Values) -> _Letter:
    return _code(
        texts,
        values,
        texts("{code} confirms your email address", code=values["code"]),
        texts("Type this code to confirm your email address for {sender}:", sender=values["sender"]),
    )


def _code_reset(texts: Texts, values: Values) -> _Letter:
    return _code(
        texts,
        values,
        texts("{code} is your code to choose a new password", code=values["code"]),
        texts("Type this code to choose a new password for {sender}:", sender=values["sender"]),
    )


def _code_mfa(texts: Texts, values: Values) -> _Letter:
    return _code(
        texts,
        values,
        texts("{code} is your second factor", code=values["code"]),
        texts("Type this code to finish signing in to {sender}:", sender=values["sender"]),
    )


def _code_confirm(texts: Texts, values: Values) -> _Letter:
    return _code(
        texts,
        values,
        texts("{code} confirms that it is you", code=values["code"]),
        texts("Type this code to change how you sign in to {sender}:", sender=values["sender"]),
    )


def _invitation(texts: Texts, values: Values) -> _Letter:
    organization, sender = values["organization"], values["sender"]
    return _Letter(
        subject=texts("You are invited to {organization}", organization=organization),
        before=texts(
            "You are invited to join {organization} at {sender}.", organization=organization, sender=sender
        ),
        link=values["link"],
        link_text=texts("Accept the invitation"),
        after=(
            texts(
                "The invitation is for {email} and can be accepted once, within {days} days.",
                email=values["email"],
                days=values["days"],
            ),
            texts(
                "If you do not know {organization}, you can ignore this message.", organization=organization
            ),
        ),
    )


def _notice(kind: str) -> Callable[[Texts, Values], _Letter]:
    """Return how a notice is written: what happened, and what to do if it was somebody else."""

    def write(texts: Texts, values: Values) -> _Letter:
        sender = values["sender"]
        subject, before = NOTICES[kind](texts, values)
        return _Letter(
            subject=subject,
            before=before,
            link=values["link"],
            link_text=texts("See how you sign in"),
            after=(
                texts(
                    "If that was not you, choose a new password at once and tell whoever runs {sender}.",
                    sender=sender,
                ),
            ),
        )

    return write


def _already_registered(texts: Texts, values: Values) -> _Letter:
    return _Letter(
        subject=texts("You already have an account"),
        before=texts(
            "Somebody, probably you, tried to sign up at {sender} with this address.", sender=values["sender"]
        ),
        after=(
            texts("There is an account with this address already: sign in, or choose a new password."),
            texts("If it was not you, you can ignore this message."),
        ),
    )


KINDS: Mapping[str, Callable[[Texts, Values], _Letter]] = {
    "already_registered": _already_registered,
    "code_confirm": _code_confirm,
    "code_mfa": _code_mfa,
    "code_reset": _code_reset,
    "code_sign_in": _code_sign_in,
    "code_sign_up": _code_sign_up,
    "invitation": _invitation,
    **{kind: _notice(kind) for kind in NOTICES},
}
"""Every kind of message. A code's kind is `code_` and its purpose."""


@cache
def _page() -> "Template":
    # Imported here: memory that a server which writes no mail need not spend.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    return environment.get_template("mail.html")
