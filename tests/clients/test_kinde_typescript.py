"""Kinde's TypeScript SDK signs a person in against our server, unchanged."""

import pytest

from tests.clients.signing_in import AUDIENCE, CALLBACK, SIGNED_OUT, prepare
from tests.support import node


@pytest.fixture(scope="module")
def prepared(server):
    return prepare(server)


def test_sign_in_and_what_the_tokens_say(prepared):
    given = {
        "issuer": prepared.server.base_url,
        "client_id": prepared.client_id,
        "client_secret": prepared.client_secret,
        "redirect_uri": CALLBACK,
        "post_logout_redirect_uri": SIGNED_OUT,
        "audience": AUDIENCE,
        "scope": "openid profile email offline",
        "flag": "dark_mode",
    }
    begun = node.run("kinde_typescript.js", "begin", **given)
    callback = prepared.sign_in(begun["url"])
    found = node.run("kinde_typescript.js", "finish", **given, session=begun["session"], callback=callback)
    assert found["authenticated"] is True
    assert found["user"]["email"] == "kim@orchard.test"
    assert found["profile"]["id"] == prepared.user_id
    assert found["permissions"] == {
        "orgCode": prepared.organization,
        "permissions": ["read:orders", "see:orders"],
    }
    assert found["organization"] == {"orgCode": prepared.organization}
    assert found["organizations"] == {"orgCodes": [prepared.organization]}
    assert found["audience"] == [AUDIENCE]
    assert found["flag"] is True
    assert found["refreshed"] is True
    assert prepared.person().open(found["logout"]) == SIGNED_OUT
