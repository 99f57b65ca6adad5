"""Write what people are told after something about how they sign in was changed."""

from collections.abc import Callable, Mapping

from claimsmith.texts.catalogues import Texts

Values = Mapping[str, str]
Notice = tuple[str, str]
"""A subject and what happened, as one sentence or two."""


def _is_app(values: Values) -> bool:
    return values["factor"] == "mfa:authenticator_app"


def _factor_added(texts: Texts, values: Values) -> Notice:
    sender = values["sender"]
    if _is_app(values):
        return texts("An authenticator app was set up"), texts(
            "From now on a code of an authenticator app is a second factor of your account at {sender}.",
            sender=sender,
        )
    return texts("Codes by email were set up"), texts(
        "From now on a code sent to this address is a second factor of your account at {sender}.",
        sender=sender,
    )


def _factor_removed(texts: Texts, values: Values) -> Notice:
    sender = values["sender"]
    if _is_app(values):
        return texts("An authenticator app was removed"), texts(
            "The authenticator app is no second factor of your account at {sender} any more.", sender=sender
        )
    return texts("Codes by email were removed"), texts(
        "Codes by email are no second factor of your account at {sender} any more.", sender=sender
    )


def _factors_reset(texts: Texts, values: Values) -> Notice:
    return texts("Your second factors were reset"), texts(
        "Every second factor of your account at {sender} was taken away, and the recovery codes with them.",
        sender=values["sender"],
    )


def _recovery_codes_made(texts: Texts, values: Values) -> Notice:
    return texts("New recovery codes were made"), texts(
        "There are new recovery codes for your account at {sender}. The old ones are good no more.",
        sender=values["sender"],
    )


def _passkey_added(texts: Texts, values: Values) -> Notice:
    return texts("A passkey was added"), texts(
        "The passkey “{name}” can be used to sign in to your account at {sender}.",
        name=values["name"],
        sender=values["sender"],
    )


def _passkey_removed(texts: Texts, values: Values) -> Notice:
    return texts("A passkey was removed"), texts(
        "The passkey “{name}” is none of your account at {sender} any more.",
        name=values["name"],
        sender=values["sender"],
    )


def _password_changed(texts: Texts, values: Values) -> Notice:
    return texts("Your password was changed"), texts(
        "The password of your account at {sender} was changed.", sender=values["sender"]
    )


NOTICES: Mapping[str, Callable[[Texts, Values], Notice]] = {
    "factor_added": _factor_added,
    "factor_removed": _factor_removed,
    "factors_reset": _factors_reset,
    "passkey_added": _passkey_added,
    "passkey_removed": _passkey_removed,
    "password_changed": _password_changed,
    "recovery_codes_made": _recovery_codes_made,
}
"""Every kind of notice. Beside `sender`, factors name `factor` (its type) and passkeys `name`."""
