// Serve oidc-provider with its in-memory adapter and one client-credentials client.
//
// The token it issues carries the same claims as the measured Claimsmith token: the parts that oidc-provider
// has no notion of (flags, properties) are constants, which favours it. Features that the other side does
// not use either are off, so that nobody pays for them.
//
// Environment: PORT, ALGORITHM (RS256 or ES256), CLIENT_ID, CLIENT_SECRET, AUDIENCE.
// Prints one line, "ready", once it listens.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import Provider from 'oidc-provider';

const {
  PORT, ALGORITHM, CLIENT_ID, CLIENT_SECRET, AUDIENCE,
} = process.env;
const LIFETIME_SECONDS = 86400;
const SCOPE = 'read:orders write:orders';

const FEATURE_FLAGS = { dark_mode: { t: 'b', v: true }, page_size: { t: 'i', v: 25 } };
const APPLICATION_PROPERTIES = { region: { v: 'eu' } };
const GTY = ['client_credentials'];

function makeKey(algorithm) {
  const { privateKey } = algorithm === 'RS256'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    ...privateKey.export({ format: 'jwk' }), alg: algorithm, use: 'sig', kid: 'bench',
  };
}

const resourceServer = {
  scope: SCOPE,
  audience: AUDIENCE,
  accessTokenTTL: LIFETIME_SECONDS,
  accessTokenFormat: 'jwt',
  jwt: { sign: { alg: ALGORITHM } },
};

const provider = new Provider(`http://127.0.0.1:${PORT}`, {
  clients: [{
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'client_secret_post',
    id_token_signed_response_alg: ALGORITHM,
    scope: SCOPE,
  }],
  clientAuthMethods: ['client_secret_post'],
  cookies: { keys: [randomBytes(32).toString('hex')] },
  jwks: { keys: [makeKey(ALGORITHM)] },
  enabledJWA: { idTokenSigningAlgValues: [ALGORITHM] },
  responseTypes: ['none'],
  scopes: SCOPE.split(' '),
  ttl: { ClientCredentials: LIFETIME_SECONDS },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    userinfo: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => resourceServer,
    },
  },
  extraTokenClaims(ctx, token) {
    const scp = token.scope.split(' ');
    return {
      azp: token.clientId,
      gty: GTY,
      scp,
      v: '2',
      permissions: scp,
      feature_flags: FEATURE_FLAGS,
      application_properties: APPLICATION_PROPERTIES,
    };
  },
  formats: {
    customizers: {
      // `undefined` members are not serialized: the token ends up with exactly the claims wanted.
      jwt(ctx, token, { payload }) {
        payload.aud = [payload.aud];
        payload.sub = undefined;
        payload.client_id = undefined;
      },
    },
  },
});

provider.on('server_error', (ctx, error) => { console.error(error); });
provider.listen(Number(PORT), '127.0.0.1', () => { console.log('ready'); });
