"""npm's openid-client signs a person in, and verifies everything it is told."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.clients.signing_in import CALLBACK, SIGNED_OUT, prepare
from tests.support import node


@pytest.fixture(scope="module")
def prepared(server):
    return prepare(server)


def test_sign_in_userinfo_refresh_introspection_revocation_and_sign_out(prepared):
    given = {
        "issuer": prepared.server.base_url,
        "client_id": prepared.client_id,
        "client_secret": prepared.client_secret,
        "redirect_uri": CALLBACK,
        "post_logout_redirect_uri": SIGNED_OUT,
        "scope": "openid profile email offline_access",
    }
    begun = node.run("openid_client.js", "begin", **given)
    person = prepared.person()
    callback = person.sign_in(begun["url"], "kim@orchard.test", "orange kettle over nine hills")
    told = {name: values[0] for name, values in parse_qs(urlsplit(callback).query).items()}
    assert told["iss"] == prepared.server.base_url
    found = node.run("openid_client.js", "finish", **given, **begun, callback=callback)
    assert found["claims"]["sub"] == prepared.user_id
    assert found["claims"]["email"] == "kim@orchard.test"
    assert found["claims"]["nonce"] == begun["nonce"]
    assert found["userinfo"]["name"] == "Kim Ode"
    assert found["rotated"] is True
    assert found["introspected"]["active"] is True
    assert found["revoked"] == {"active": False}
    assert person.open(found["logout"]) == SIGNED_OUT
