"""Read phone numbers as people of a country write them."""

import re

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.uris import shown

_COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)


def international(text: str, country: str | None, field: str = "phone") -> str:
    """Return a number in its international form, E.164, when it was written as within a country.

    `country` is an ISO 3166 code of two letters in any case; a number that begins with `+` needs none, and is
    returned as it is. Raises `InvalidInput`.
    """
    if not country or text.lstrip().startswith("+"):
        return text
    import phonenumbers

    if not _COUNTRY.fullmatch(country) or country.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise InvalidInput(
            f"phone_country_id is {shown(country)}; give the two letters of a country, such as au.",
            field="phone_country_id",
            code="PHONE_COUNTRY_ID_INVALID",
        )
    try:
        number = phonenumbers.parse(text, country.upper())
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise InvalidInput(
            f"{field} is {shown(text)}, which is no number of {country.upper()}; give it with its country "
            "code, such as +61 491 570 156.",
            field=field,
            code="PHONE_INVALID",
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
