// Sign in with npm's openid-client: `begin` prints where to send the person; `finish` takes where the person came
// back to and prints the claims. What must be kept between the two comes and goes as JSON.
import * as client from "openid-client";

const [step, given] = [process.argv[2], JSON.parse(process.argv[3])];
const options = { execute: [client.allowInsecureRequests] };
const config = await client.discovery(
  new URL(given.issuer), given.client_id, undefined, client.ClientSecretPost(given.client_secret), options,
);

if (step === "begin") {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: given.redirect_uri,
    scope: given.scope,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  });
  console.log(JSON.stringify({ url: url.href, verifier, state, nonce }));
} else {
  const tokens = await client.authorizationCodeGrant(config, new URL(given.callback), {
    pkceCodeVerifier: given.verifier,
    expectedState: given.state,
    expectedNonce: given.nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  const introspected = await client.tokenIntrospection(config, refreshed.access_token);
  await client.tokenRevocation(config, refreshed.refresh_token);
  const revoked = await client.tokenIntrospection(config, refreshed.access_token);
  const logout = client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: given.post_logout_redirect_uri,
  });
  console.log(JSON.stringify({
    claims, userinfo, rotated: refreshed.refresh_token !== tokens.refresh_token,
    introspected, revoked, logout: logout.href,
  }));
}
