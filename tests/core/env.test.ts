import { describe, expect, it } from 'vitest';
import { parseEnv, requireAuthSecret } from '../../core/env.ts';

const least = { DATABASE_URL: 'mysql://u@127.0.0.1/db', REDIS_URL: 'redis://127.0.0.1' };

describe('the environment', () => {
  it('has defaults for what may be left out, and takes an empty value as left out', () => {
    expect(parseEnv({ ...least, PORT: '' })).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      corsOrigins: [],
      webConcurrency: 1,
      seedLeadMs: 60_000,
      retireAfterMs: 86_400_000,
    });
  });

  it('lists everything that is wrong at once, and never the values', () => {
    const bad = { DATABASE_URL: 'postgres://secret', AUTH_SECRET: 'short', PORT: '99999' };
    expect(() => parseEnv(bad)).toThrow(/DATABASE_URL[^]*REDIS_URL[^]*AUTH_SECRET|PORT[^]*DATABASE_URL[^]*REDIS_URL/);
    expect(() => parseEnv(bad)).not.toThrow(/secret/);
  });

  it('refuses the unsafe control in production', () => {
    expect(() => parseEnv({ ...least, NODE_ENV: 'production', FIRSTCOME_UNSAFE: '1' })).toThrow(/oversells/);
  });

  it('says that a secret is missing only to those who need it', () => {
    expect(() => requireAuthSecret(parseEnv(least))).toThrow(/AUTH_SECRET/);
  });
});
