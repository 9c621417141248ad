import {
  constants,
  generateKeyPairSync,
  sign as signBytes,
  type JsonWebKey,
  type KeyObject,
  type SignKeyObjectInput,
} from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ProviderAlgorithm } from '../../api/identity/read-keys.ts';

/** A key pair of an identity provider. `jwk` is the public key as an entry of a key set. */
export type SigningKey = { kid: string; algorithm: ProviderAlgorithm; privateKey: KeyObject; jwk: JsonWebKey };

export function makeSigningKey(
  algorithm: ProviderAlgorithm,
  kid: string = algorithm,
  { rsaBits = 2_048 }: { rsaBits?: number } = {},
): SigningKey {
  const { privateKey, publicKey } = makePair(algorithm, rsaBits);
  return {
    kid,
    algorithm,
    privateKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: algorithm },
  };
}

function makePair(algorithm: ProviderAlgorithm, modulusLength: number) {
  switch (algorithm) {
    case 'RS256':
    case 'PS256':
      return generateKeyPairSync('rsa', { modulusLength });
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'EdDSA':
      return generateKeyPairSync('ed25519');
  }
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JWT signed as the provider signs it. `header` overrides the header that follows from the key. */
export function signWith(
  { kid, algorithm, privateKey }: Omit<SigningKey, 'jwk'>,
  payload: unknown,
  header: Record<string, unknown> = {},
): string {
  const signed = `${base64url({ alg: algorithm, typ: 'JWT', kid, ...header })}.${base64url(payload)}`;
  const hash = algorithm === 'EdDSA' ? null : 'sha256';
  return `${signed}.${signBytes(hash, Buffer.from(signed), signInput(algorithm, privateKey)).toString('base64url')}`;
}

function signInput(algorithm: ProviderAlgorithm, key: KeyObject): SignKeyObjectInput {
  if (algorithm === 'ES256') return { key, dsaEncoding: 'ieee-p1363' };
  if (algorithm === 'PS256') return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return { key };
}

/** A server that publishes an identity provider's key set over HTTP. A test may change, break and stop the server. */
export type IdentityServer = AsyncDisposable & {
  url: string;
  /** How the server answers later requests. */
  answer: RequestListener;
  /** Replaces the published keys. */
  publish(...keys: JsonWebKey[]): void;
  /** The number of requests so far. */
  asked: number;
};

export const answerJson =
  (document: unknown): RequestListener =>
  (_req, res) =>
    void res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));

export async function startIdentityServer(...keys: JsonWebKey[]): Promise<IdentityServer> {
  const identity: IdentityServer = {
    url: '',
    asked: 0,
    answer: answerJson({ keys }),
    publish(...published) {
      identity.answer = answerJson({ keys: published });
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const server = createServer((req, res) => {
    identity.asked += 1;
    identity.answer(req, res);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  identity.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  return identity;
}
