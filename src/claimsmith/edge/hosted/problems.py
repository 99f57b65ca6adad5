"""Say refusals to people in their language and without the names of fields.

The messages of use cases are for developers; what people on pages can get is here by its code. What is not
here is told as it is.
"""

from collections.abc import Callable, Mapping

from claimsmith.domain.errors import DomainError
from claimsmith.texts import Texts

_SAID: Mapping[str, Callable[[Texts], str]] = {
    "ACCOUNT_ALREADY_EXISTS": lambda texts: texts(
        "There is an account with this address by now. Go back to the sign-in and use it."
    ),
    "ACCOUNT_NOT_FOUND": lambda texts: texts(
        "There is no account with this. Check what you typed, or sign up."
    ),
    "AGREEMENT_NOT_FOUND": lambda texts: texts("There is no plan yet. Choose one."),
    "BILLING_NOT_PERMITTED": lambda texts: texts(
        "Your roles do not let you change the plan of the organization. Ask whoever looks after it."
    ),
    "CODE_WRONG": lambda texts: texts(
        "This code is wrong, or good no more. Check the newest message, or ask for another code."
    ),
    "DEVICE_ANSWERED": lambda texts: texts("This device was answered already."),
    "DEVICE_CODE_NOT_FOUND": lambda texts: texts(
        "This code is not known, or is over. Compare it with the one on the device, or begin anew there."
    ),
    "DOMAIN_NOT_ALLOWED": lambda texts: texts(
        "Addresses of this domain cannot sign up here. Use the address of your organization."
    ),
    "FACTOR_CODE_WRONG": lambda texts: texts(
        "This code is wrong or was used already. Wait for the next one."
    ),
    "FACTOR_NOT_USABLE": lambda texts: texts("This way is not open to you. Choose another."),
    "EMAIL_INVALID": lambda texts: texts("Type an email address such as name@example.com."),
    "EMAIL_REQUIRED": lambda texts: texts("Type your email address."),
    "INVITATION_EMAIL_MISMATCH": lambda texts: texts(
        "This invitation is for another address. Sign in with that one."
    ),
    "INVITATION_NOT_USABLE": lambda texts: texts(
        "This invitation was accepted, revoked or is too old. Ask for another."
    ),
    "MEMBERSHIP_MISSING": lambda texts: texts(
        "Your account is no member of this organization. Ask to be invited to it."
    ),
    "ORGANIZATION_SUSPENDED": lambda texts: texts(
        "This organization is suspended. Ask whoever looks after it."
    ),
    "ORGANIZATION_UNKNOWN": lambda texts: texts(
        "The organization that you are to sign in to does not exist here."
    ),
    "ORGANIZATION_CREATION_CLOSED": lambda texts: texts(
        "Nobody can create an organization here. Ask whoever looks after the application."
    ),
    "ORGANIZATION_NAME_REQUIRED": lambda texts: texts("Give the organization a name."),
    "NAME_TOO_LONG": lambda texts: texts("This name is too long. Choose a shorter one."),
    "ORGANIZATION_NOT_CHOSEN": lambda texts: texts("Choose one of your organizations."),
    "NAME_INVALID": lambda texts: texts("This name has characters that it must not have."),
    "PASSWORD_COMMON": lambda texts: texts(
        "This password is one of those that are tried first: a common one, a pattern, or a name of yours. "
        "Choose another one; a few random words make a good one."
    ),
    "PASSWORD_TOO_LONG": lambda texts: texts("This password is too long. Choose a shorter one."),
    "PASSWORD_TOO_SHORT": lambda texts: texts(
        "This password has fewer than 8 characters. Choose a longer one."
    ),
    "PASSKEY_ALREADY_EXISTS": lambda texts: texts("This passkey is known already."),
    "PASSKEY_NOT_VERIFIED": lambda texts: texts(
        "The passkey did not work. Try again, or sign in another way."
    ),
    "OWN_PASSWORD_WRONG": lambda texts: texts("This is not your password."),
    "PASSWORD_WRONG": lambda texts: texts("The password is wrong, or there is no such account."),
    "PASSWORDS_DIFFER": lambda texts: texts("The two passwords differ. Type the same one twice."),
    "PHONE_INVALID": lambda texts: texts("Type the number with its country code, such as +61 491 570 156."),
    "PHONE_REQUIRED": lambda texts: texts("Type your phone number."),
    "NOTHING_SCHEDULED": lambda texts: texts("Nothing is planned that could be taken back."),
    "PLAN_IN_FORCE": lambda texts: texts("You have this plan already."),
    "PLAN_NOT_FOUND": lambda texts: texts("This plan cannot be chosen any more. Choose another."),
    "PLAN_NOT_PUBLISHED": lambda texts: texts("This plan cannot be chosen any more. Choose another."),
    "PLAN_NOT_SHOWN": lambda texts: texts("This plan cannot be chosen any more. Choose another."),
    "PLAN_OF_OTHER_TYPE": lambda texts: texts("This plan cannot be chosen any more. Choose another."),
    "RECOVERY_CODE_WRONG": lambda texts: texts("This recovery code is wrong or was used already."),
    "SIGN_IN_NOT_FRESH": lambda texts: texts("Before you change something, you confirm that it is you."),
    "ROLE_MISSING": lambda texts: texts(
        "Your account has no role that may use this application. Ask whoever looks after it."
    ),
    "SET_UP_TOO_OLD": lambda texts: texts("This set-up took too long. Begin again with the code below."),
    "SIGN_UP_CLOSED": lambda texts: texts("Nobody can sign up here by themselves. Ask to be invited."),
    "TERMS_NOT_ACCEPTED": lambda texts: texts("Accept the terms to go on."),
    "TRIAL_NOT_OFFERED": lambda texts: texts("This plan cannot be tried."),
    "TRIAL_USED": lambda texts: texts("You have tried this plan before; each can be tried once."),
    "USERNAME_ALREADY_EXISTS": lambda texts: texts("Somebody has this username. Choose another."),
    "USERNAME_INVALID": lambda texts: texts(
        "Type 2 to 64 letters, digits, hyphens and underscores, or an email address."
    ),
    "USERNAME_REQUIRED": lambda texts: texts("Type your email address or username."),
    "USER_SUSPENDED": lambda texts: texts("This account is suspended. Ask whoever looks after it."),
}


def told(texts: Texts, problem: DomainError) -> str:
    """Return what a person is told of a refusal."""
    if problem.code == "TOO_MANY_REQUESTS":
        seconds = getattr(problem, "retry_after_seconds", 60)
        return texts("This was tried too often. Wait {seconds} seconds and try again.", seconds=seconds)
    said = _SAID.get(problem.code)
    return said(texts) if said else texts(problem.message)
