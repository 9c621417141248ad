import { createHmac } from 'node:crypto';

const lifeSeconds = 3_600;

/** A user's token as the API takes it: a JWT, signed with HS256 and the API's AUTH_SECRET, good for an hour. */
export function mintToken(secret, userId, nowMs) {
  const iat = Math.floor(nowMs / 1_000);
  const signed = `${header}.${encode({ sub: userId, iat, exp: iat + lifeSeconds })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const header = encode({ alg: 'HS256', typ: 'JWT' });
