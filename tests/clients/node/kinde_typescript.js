// Sign in with @kinde-oss/kinde-typescript-sdk, as a back-end application does. The session between `begin` and
// `finish` comes and goes as JSON.
import { createKindeServerClient, GrantType } from "@kinde-oss/kinde-typescript-sdk";

const [step, given] = [process.argv[2], JSON.parse(process.argv[3])];
const session = given.session ?? {};
const manager = {
  async getSessionItem(key) { return session[key]; },
  async setSessionItem(key, value) { session[key] = value; },
  async removeSessionItem(key) { delete session[key]; },
  async destroySession() { for (const key of Object.keys(session)) delete session[key]; },
};
const kinde = createKindeServerClient(GrantType.AUTHORIZATION_CODE, {
  authDomain: given.issuer,
  clientId: given.client_id,
  clientSecret: given.client_secret,
  redirectURL: given.redirect_uri,
  logoutRedirectURL: given.post_logout_redirect_uri,
  audience: given.audience,
  scope: given.scope,
});

if (step === "begin") {
  const url = await (given.registers ? kinde.register(manager) : kinde.login(manager));
  console.log(JSON.stringify({ url: url.href, session }));
} else {
  await kinde.handleRedirectToApp(manager, new URL(given.callback));
  const flag = async (name) => (await kinde.getFlag(manager, name)).value;
  const found = {
    authenticated: await kinde.isAuthenticated(manager),
    user: await kinde.getUser(manager),
    profile: await kinde.getUserProfile(manager),
    permissions: await kinde.getPermissions(manager),
    organization: await kinde.getOrganization(manager),
    organizations: await kinde.getUserOrganizations(manager),
    audience: await kinde.getClaimValue(manager, "aud"),
    flag: await flag(given.flag),
  };
  await kinde.refreshTokens(manager);
  found.refreshed = await kinde.isAuthenticated(manager);
  const logout = await kinde.logout(manager);
  console.log(JSON.stringify({ ...found, logout: logout.href }));
}
