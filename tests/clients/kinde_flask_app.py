"""Be a Flask application that signs people in with kinde-python-sdk; settings come from its variables."""

import asyncio
import sys

from flask import Flask, redirect, request, session
from kinde_sdk.auth import claims, feature_flags, permissions, portals, roles
from kinde_sdk.auth.oauth import OAuth

from tests.clients.kinde_account import read_account

app = Flask(__name__)
oauth = OAuth(framework="flask", app=app)


def token_manager():
    return oauth._session_manager.get_token_manager(session["user_id"])


@app.get("/")
def home():
    return {"signed_in": oauth.is_authenticated()}


@app.get("/login-offline")
def login_offline():
    return redirect(asyncio.run(oauth.login({"scope": "openid profile email offline"})))


@app.get("/login-organization/<code>")
def login_organization(code):
    return redirect(asyncio.run(oauth.login({"org_code": code, "prompt": "none"})))


@app.get("/what")
def what():
    return asyncio.run(read())


async def read():
    flag = await feature_flags.get_flag("dark_mode")
    return {
        "permissions": await permissions.get_permissions(),
        "permission": await permissions.get_permission("see:orders"),
        "missing": await permissions.get_permission("eat:orders"),
        "roles": [each["key"] for each in (await roles.get_roles())["roles"]],
        "flag": [flag.code, flag.type, flag.value, flag.is_default],
        "flags": sorted(await feature_flags.get_all_flags()),
        "audience": await claims.get_claim("aud"),
        "email": await claims.get_claim("email", "id_token"),
        "access": await claims.get_all_claims(),
        "token": token_manager().get_access_token(),
    }


@app.get("/refresh")
def refresh():
    """Refresh by hand: the SDK's own refreshing waits for a lock that it holds."""
    before = dict(token_manager().tokens)
    token_manager().refresh_access_token()
    after = token_manager().tokens
    names = ("access_token", "refresh_token", "id_token")
    return {name: before[name] != after[name] for name in names}


@app.get("/account")
def account():
    return read_account(oauth.host, token_manager().get_access_token())


@app.get("/portal")
def portal():
    return asyncio.run(portals.generate_portal_url(oauth.host, request.host_url))


if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]))
