"""Write prices, days and numbers as people of a language read them."""

from datetime import datetime
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, get_currency_precision

from claimsmith.domain.periods import Interval
from claimsmith.domain.plans import FixedCharge, PlanContents, PlanFeature
from claimsmith.texts import Texts


def money(texts: Texts, amount: int, currency: str) -> str:
    """Return an amount in the smallest unit of a currency as people write it: `$49.00`."""
    code = currency.upper()
    whole = Decimal(amount).scaleb(-get_currency_precision(code))
    return format_currency(whole, code, locale=texts.language)


def charge_of(texts: Texts, charge: FixedCharge, currency: str) -> str:
    """Return a price with the time that it is for: `$49.00 a month`."""
    price = money(texts, charge.amount, currency)
    return {
        Interval.DAY: texts("{price} a day", price=price),
        Interval.WEEK: texts("{price} a week", price=price),
        Interval.MONTH: texts("{price} a month", price=price),
        Interval.YEAR: texts("{price} a year", price=price),
    }[charge.interval]


def price_of(texts: Texts, contents: PlanContents) -> str:
    """Return what a plan costs besides what is used: `Free` when nothing."""
    asked = [charge for charge in contents.charges if charge.amount]
    return " + ".join(charge_of(texts, each, contents.currency) for each in asked) or texts("Free")


def feature_of(texts: Texts, item: PlanFeature) -> str:
    """Return a feature as a plan includes it: `Calls: up to 1,000`."""
    name = item.feature.name
    if not item.feature.is_metered:
        return name
    if item.limit_max is None:
        return texts("{feature}: as many as you like", feature=name)
    return texts("{feature}: up to {limit}", feature=name, limit=number(texts, item.limit_max))


def number(texts: Texts, value: int) -> str:
    """Return a whole number with the marks of the language."""
    return format_decimal(value, locale=texts.language)


def day(texts: Texts, moment: datetime) -> str:
    """Return a day: `1 December 2026`."""
    return format_date(moment, "long", locale=texts.language)
