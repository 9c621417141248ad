import { inject, expect, it, vi } from 'vitest';
import { openLinks } from '../../../core/redis/open-links.ts';
import { createLog } from '../../../core/runtime/log.ts';
import { parseEnv } from '../../../core/settings/env.ts';
import { findFreePort } from '../../../scripts/services/free-port.ts';
import { makeCertificates, type Certificates } from '../../support/certificates.ts';
import { openLab, users } from '../../support/lab.ts';
import { makeTestDir } from '../../support/run-dir.ts';
import { startRedis } from '../../support/test-servers.ts';
import { useResource } from '../../support/use-resource.ts';
import { useTestDatabase } from '../../support/use-stores.ts';

vi.setConfig({ testTimeout: 60_000 });

const database = useTestDatabase();
const server = useResource('a Redis with TLS', async () => {
  const files = makeCertificates(makeTestDir(inject('runDir'), 'certificates'));
  const port = await findFreePort('127.0.0.1');
  const redis = await startRedis({
    'tls-port': String(port),
    'tls-ca-cert-file': files.ca,
    'tls-cert-file': files.cert,
    'tls-key-file': files.key,
    'tls-auth-clients': 'yes',
  });
  return { files, url: `rediss://:test@127.0.0.1:${port}`, [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose]() };
});
const settings = ({ ca, cert, key }: Certificates) => ({
  REDIS_CA_FILE: ca,
  REDIS_CERT_FILE: cert,
  REDIS_KEY_FILE: key,
});

it('a sale runs over TLS with certificates from a private authority', async () => {
  await using lab = await openLab(
    { redisUrl: server.url, databaseUrl: database.databaseUrl },
    { env: settings(server.files) },
  );
  const { eventId } = await lab.createEvent({ stock: 5 });
  await lab.race(eventId, users(8));
  await lab.prove(eventId, { issued: 5 });
});

it('a Redis whose certificate comes from an unknown authority is rejected', async () => {
  const other = makeCertificates(makeTestDir(inject('runDir'), 'other-certificates'));
  const env = parseEnv({
    ...{ REDIS_URL: server.url, DATABASE_URL: database.databaseUrl },
    ...settings({ ...server.files, ca: other.ca }),
  });
  const links = openLinks(env.redis, 'test', createLog('api', 'silent'));
  const failed = Promise.withResolvers<Error>();
  links.system.client.on('error', failed.resolve);
  try {
    expect((await failed.promise).message).toMatch(/unable to verify|self.signed|issuer/);
    expect(links.system.runId()).toBeUndefined();
  } finally {
    await links.close();
  }
});
