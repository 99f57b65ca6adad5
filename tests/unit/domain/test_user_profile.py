"""Where Gravatar has the picture of an address."""

import pytest

from claimsmith.domain.user_profile import gravatar_url


@pytest.mark.parametrize("address", ["ada@example.com", " Ada@Example.COM\n"])
def test_gravatar_is_asked_by_the_hash_of_the_bare_address(address):
    digest = "b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72"
    assert gravatar_url(address) == f"https://gravatar.com/avatar/{digest}?d=identicon"
