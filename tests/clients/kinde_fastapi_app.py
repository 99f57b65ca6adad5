"""Be a FastAPI application that signs people in with kinde-python-sdk; settings come from its variables."""

import sys

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from kinde_fastapi.examples.session import InMemorySessionMiddleware
from kinde_sdk.auth import claims, feature_flags, permissions, portals, roles
from kinde_sdk.auth.oauth import OAuth

from tests.clients.kinde_account import read_account

app = FastAPI()
# Tokens do not fit into a cookie: the session is kept by the server, by what the SDK brings for that.
app.add_middleware(InMemorySessionMiddleware)
oauth = OAuth(framework="fastapi", app=app)


def token_manager(request):
    return oauth._session_manager.get_token_manager(request.session["user_id"])


@app.get("/")
async def home():
    return {"signed_in": oauth.is_authenticated()}


@app.get("/login-offline")
async def login_offline():
    return RedirectResponse(await oauth.login({"scope": "openid profile email offline"}))


@app.get("/login-organization/{code}")
async def login_organization(code: str):
    return RedirectResponse(await oauth.login({"org_code": code, "prompt": "none"}))


@app.get("/what")
async def what(request: Request):
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
        "token": token_manager(request).get_access_token(),
    }


@app.get("/refresh")
def refresh(request: Request):
    """Refresh by hand: the SDK's own refreshing waits for a lock that it holds."""
    manager = token_manager(request)
    before = dict(manager.tokens)
    manager.refresh_access_token()
    names = ("access_token", "refresh_token", "id_token")
    return {name: before[name] != manager.tokens[name] for name in names}


@app.get("/account")
def account(request: Request):
    return read_account(oauth.host, token_manager(request).get_access_token())


@app.get("/portal")
async def portal(request: Request):
    return await portals.generate_portal_url(oauth.host, str(request.base_url))


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]))
