"""Send and check codes by mail that are a second factor."""

from claimsmith.domain.errors import NotFound
from claimsmith.domain.mfa import FactorType
from claimsmith.domain.organizations import Organization
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.factor_trials import FactorVerdict, try_factor
from claimsmith.usecases.identities import proved_addresses
from claimsmith.usecases.messages import send
from claimsmith.usecases.mfa import add_email_factor, factors_of
from claimsmith.usecases.one_time_codes import check_code, issue_code
from claimsmith.usecases.rate_limits import take
from claimsmith.usecases.security_notices import Telling

PURPOSE = "mfa"
CODES_IN_WINDOW = 6
WINDOW_SECONDS = 900


async def send_factor_code(
    context: Context,
    user_id: str,
    subject: str,
    *,
    language: str,
    sender: str,
    lifetime_seconds: int,
    organization: Organization | None = None,
    kind: str = "code_mfa",
) -> str:
    """Send a code to the address of a user's factor, or to the one that is to become it; return the address.

    `subject` is what the code belongs to: a sign-in, and so a browser. Raises `NotFound` for a user who has
    proved no address, `LimitReached`.
    """
    await take(context, f"mfa-code|{user_id}", limit=CODES_IN_WINDOW, window_seconds=WINDOW_SECONDS)
    async with context.storing() as work:
        address = await factor_address(work, user_id)
        code = await issue_code(work, context, PURPOSE, subject, lifetime_seconds=lifetime_seconds)
        values = {"sender": sender, "code": code.reveal(), "minutes": str(max(1, lifetime_seconds // 60))}
        await send(
            work,
            kind=kind,
            recipient=address,
            language=language,
            values=values,
            organization=organization,
        )
    return address


async def factor_address(work: Work, user_id: str) -> str:
    """Return where codes of a user go: to the factor that is set up, else to the primary proved address.

    Raises `NotFound`.
    """
    factor = (await factors_of(work, user_id)).of_type(FactorType.EMAIL)
    if factor is not None and factor.name is not None:
        return factor.name
    addresses = await proved_addresses(work, user_id)
    if not addresses:
        raise NotFound(
            "You have no confirmed email address that a code could be sent to.", code="IDENTITY_NOT_FOUND"
        )
    return addresses[0]


async def verify_factor_code(context: Context, user_id: str, subject: str, text: str) -> FactorVerdict:
    """Check a code that was sent, as the second factor of a user who has set it up."""

    async def check() -> bool:
        if not await check_code(context, PURPOSE, subject, text):
            return False
        async with context.storing() as work:
            if (await factors_of(work, user_id)).of_type(FactorType.EMAIL) is None:
                return False
            await work.second_factors.use_email(user_id, work.now)
        return True

    return await try_factor(context, user_id, check)


async def verify_sent_code(context: Context, user_id: str, subject: str, text: str) -> FactorVerdict:
    """Check a code that was sent to a proved address, whether or not that is a second factor."""

    async def check() -> bool:
        return await check_code(context, PURPOSE, subject, text)

    return await try_factor(context, user_id, check)


async def confirm_factor_code(
    context: Context, user_id: str, subject: str, text: str, *, telling: Telling | None = None
) -> FactorVerdict:
    """Make codes by mail a second factor, once one was right. Raises `AlreadyExists`, `NotFound`."""

    async def check() -> bool:
        if not await check_code(context, PURPOSE, subject, text):
            return False
        async with context.storing() as work:
            await add_email_factor(work, user_id, await factor_address(work, user_id), telling=telling)
        return True

    return await try_factor(context, user_id, check)
