import { createHmac } from 'node:crypto';

const lifeSeconds = 3_600;

/**
 * Signs a user's token: a JWT with HS256 and AUTH_SECRET, valid for an hour. `issuer` and `audience` become `iss` and
 * `aud` if given.
 */
export function mintToken(secret, userId, nowMs, { issuer, audience } = {}) {
  const iat = Math.floor(nowMs / 1_000);
  const registered = { ...(issuer && { iss: issuer }), ...(audience && { aud: audience }) };
  const signed = `${header}.${encode({ ...registered, sub: userId, iat, exp: iat + lifeSeconds })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const header = encode({ alg: 'HS256', typ: 'JWT' });
