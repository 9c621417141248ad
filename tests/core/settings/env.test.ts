import { describe, expect, it } from 'vitest';
import { parseEnv, requireAuthSecret, requireTokenKeys } from '../../../core/settings/env.ts';

const least = { DATABASE_URL: 'mysql://u@127.0.0.1/db', REDIS_URL: 'redis://127.0.0.1' };

describe('the environment', () => {
  it('has defaults for optional settings, and treats an empty value as missing', () => {
    expect(parseEnv({ ...least, PORT: '' })).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      corsOrigins: [],
      webConcurrency: 1,
      seedLeadMs: 60_000,
      retireAfterMs: 86_400_000,
    });
  });

  it('has no limits by default, and the documented limits if limits are switched on', () => {
    expect(parseEnv(least)).toMatchObject({ limits: null, limitShared: false });
    const limits = { addressCalls: 500, userClaims: 10, userReads: 40 };
    expect(parseEnv({ ...least, LIMITS: 'on', LIMIT_SHARED: '1' })).toMatchObject({ limits, limitShared: true });
  });

  it('reports every mistake at once, and never shows a value', () => {
    const bad = { DATABASE_URL: 'postgres://secret', AUTH_SECRET: 'short', PORT: '99999' };
    expect(() => parseEnv(bad)).toThrow(/DATABASE_URL[^]*REDIS_URL[^]*AUTH_SECRET|PORT[^]*DATABASE_URL[^]*REDIS_URL/);
    expect(() => parseEnv(bad)).not.toThrow(/secret/);
  });

  it('traces only if there is an endpoint, and then every claim, unless a sampler says otherwise', () => {
    const sampler = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.01' };
    expect(parseEnv({ ...least, ...sampler }).tracing).toBeNull();
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };
    expect(parseEnv({ ...least, ...endpoint }).tracing).toMatchObject({ sampler: 'parentbased_always_on', ratio: 1 });
    expect(parseEnv({ ...least, ...endpoint, ...sampler, OTEL_SERVICE_NAME: 'coupons' }).tracing).toEqual({
      ...{ serviceName: 'coupons', sampler: 'parentbased_traceidratio', ratio: 0.01 },
      ...{ sendEveryMs: 5_000, waitingMax: 2_048 },
    });
  });

  it('refuses the unsafe control strategy in production', () => {
    expect(() => parseEnv({ ...least, NODE_ENV: 'production', FIRSTCOME_UNSAFE: '1' })).toThrow(/oversells/);
  });

  it('refuses the setting that trusts every promoted Redis in production', () => {
    expect(() => parseEnv({ ...least, NODE_ENV: 'production', FIRSTCOME_UNFENCED: '1' })).toThrow(/serials twice/);
  });

  it.each([
    ['PORT', 'abc', 'must be a whole number from 0 to 65535'],
    ['PORT', '99999', 'must be a whole number from 0 to 65535'],
    ['PORT', '-1', 'must be a whole number from 0 to 65535'],
    ['PORT', '3000.5', 'must be a whole number from 0 to 65535'],
    ['PORT', '0x10', 'must be a whole number from 0 to 65535'],
    ['PORT', ' 3000', 'must be a whole number from 0 to 65535'],
    ['OPS_PORT', 'ops', 'must be a whole number from 0 to 65535'],
    ['OPS_PORT', '65536', 'must be a whole number from 0 to 65535'],
    ['OPS_PORT', '3000', 'must differ from PORT, which is 3000 if not set'],
    ['OPS_HOST', '10.0.0.5', 'needs OPS_PORT, which is not set'],
    ['WORKER_PORT', 'worker', 'must be a whole number from 0 to 65535'],
    ['WORKER_PORT', '65536', 'must be a whole number from 0 to 65535'],
    ['WORKER_PORT', '3000', 'must differ from PORT, which is 3000 if not set'],
    ['WORKER_HOST', 'http://here', 'must be an IP address or a host name'],
    ['HOST', 'http://here', 'must be an IP address or a host name'],
    ['WEB_CONCURRENCY', '0', 'must be a whole number from 1 to 64'],
    ['CLAIM_WAIT_MS', '10', 'must be a whole number from 50 to 1500'],
    ['LOCK_LEASE_MS', '1s', 'must be a whole number from 100 to 60000'],
    ['CLAIM_CONNECTIONS', '201', 'must be a whole number from 1 to 200'],
    ['LIMITS', 'yes', 'must be one of off, on'],
    ['LIMIT_SHARED', 'on', 'must be one of 0, 1'],
    ['LIMIT_ADDRESS_CALLS', '0', 'must be a whole number from 1 to 65535'],
    ['LIMIT_USER_CLAIMS', '65536', 'must be a whole number from 1 to 65535'],
    ['LIMIT_USER_READS', 'many', 'must be a whole number from 1 to 65535'],
    ['SEED_LEAD_SECONDS', '0', 'must be a number of seconds above 0, in digits'],
    ['RETIRE_AFTER_SECONDS', '1d', 'must be a number of seconds above 0, in digits'],
    ['MAX_CONNECTIONS', '15', 'must be a whole number from 16 to 1000000'],
    ['MAX_CONNECTIONS', 'many', 'must be a whole number from 16 to 1000000'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', 'must be a URL that begins with http:// or https://'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', 'must be http/json, the only protocol that Firstcome sends'],
    [
      'OTEL_TRACES_SAMPLER',
      'ratio',
      'must be one of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio',
    ],
    ['OTEL_TRACES_SAMPLER_ARG', '1%', 'must be a number from 0 to 1'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5', 'must be a number from 0 to 1'],
    ['OTEL_BSP_SCHEDULE_DELAY', '0', 'must be a whole number from 1 to 60000'],
    ['OTEL_BSP_MAX_QUEUE_SIZE', 'all', 'must be a whole number from 1 to 100000'],
    ['LOG_LEVEL', 'loud', 'must be one of trace, debug, info, warn, error, fatal, silent'],
    ['FIRSTCOME_UNSAFE', 'yes', 'must be one of 0, 1'],
    ['FIRSTCOME_DEMO', 'yes', 'must be one of 0, 1'],
    ['ROLE_TOKEN_MAX_SECONDS', '0', 'must be a whole number from 1 to 31622400'],
    ['ROLE_TOKEN_MAX_SECONDS', '24h', 'must be a whole number from 1 to 31622400'],
    ['ROLE_TOKEN_MAX_SECONDS', '31622401', 'must be a whole number from 1 to 31622400'],
    ['AUTH_SECRET_ISSUER', 'our login', 'must be 1 to 200 printable ASCII characters without spaces'],
    ['AUTH_SECRET_AUDIENCE', '쿠폰', 'must be 1 to 200 printable ASCII characters without spaces'],
    ['DATABASE_URL', 'localhost', 'must begin with mysql:// or mariadb://'],
    [
      'DATABASE_URL',
      'mysql://u@here/a/b',
      'The database URL must name one database after the host. It must look like mysql://user:password@host:3306/database (or mariadb://...).',
    ],
    ['REDIS_URL', 'redis://here:99999', "can't be read: it must look like redis://:password@127.0.0.1:6379"],
    ['AUTH_SECRET', 'short', 'must have at least 32 bytes'],
  ])('explains what is wrong with %s=%s', (name, value, problem) => {
    expect(() => parseEnv({ ...least, [name]: value })).toThrow(
      `The environment can't be used:\n  ${name}: ${problem}\nSee .env.example for every variable.`,
    );
  });

  it.each([
    ['REDIS_URL', 'http://here', 'must begin with redis://, rediss://, redis+sentinel://'],
    ['REDIS_URL', 'redis+sentinel://here:26379', "must end with the master's name, as the Sentinels know it"],
    ['REDIS_URL', 'redis+sentinel://here:26379/main/1', 'must end with one master name'],
    ['REDIS_URL', 'redis+sentinel://here:x/main', 'has an address that can\'t be read: "here:x"'],
    ['REDIS_URL', 'redis+cluster://here:6379,/', 'has an address that can\'t be read: ""'],
    ['REDIS_URL', 'redis+cluster://here:6379/1', 'must not end with /1: a cluster has only database 0'],
    ['REDIS_URL', 'redis+cluster://here?db=1', 'takes no parameters after the address'],
    ['QUEUE_REDIS_URL', 'amqp://here', 'must begin with redis://, rediss://, redis+sentinel://'],
    ['REDIS_CA_FILE', '/etc/hostname', '/etc/hostname has no certificate in PEM form'],
    ['REDIS_CA_FILE', '/no/such/file', "/no/such/file can't be read (ENOENT"],
    ['REDIS_CA_FILE', '/no/such/file', 'needs a REDIS_URL that begins with rediss'],
    ['REDIS_CERT_FILE', '/no/such/file', 'needs REDIS_KEY_FILE, which is not set'],
    ['REDIS_SENTINEL_PASSWORD', 'word', 'needs a REDIS_URL that begins with redis+sentinel://'],
    ['REDIS_SENTINEL_USERNAME', 'me', 'needs REDIS_SENTINEL_PASSWORD, which is not set'],
    ['REDIS_DURABILITY', 'yes', 'must be one of always, replicated, memorydb, none'],
  ])('explains why %s can’t be %s, even if other settings are wrong too', (name, value, problem) => {
    expect(() => parseEnv({ ...least, [name]: value })).toThrow(`  ${name}: ${problem}`);
  });

  it('gives the job queue the common Redis or a separate one', () => {
    const cluster = { ...least, REDIS_URL: 'redis+cluster://one,two' };
    expect(parseEnv(cluster)).toMatchObject({ redis: { topology: 'cluster' }, queueRedis: { topology: 'cluster' } });
    const apart = parseEnv({ ...cluster, QUEUE_REDIS_URL: 'redis://three' });
    expect(apart).toMatchObject({ redis: { topology: 'cluster' }, queueRedis: { url: 'redis://three' } });
  });

  it.each(['*', 'shop.example', 'https://shop.example/', 'https://shop.example/path', 'null'])(
    'explains that %s is not an origin',
    (origin) => {
      expect(() => parseEnv({ ...least, CORS_ORIGINS: `https://a.example,${origin}` })).toThrow(
        '  CORS_ORIGINS.1: must be a list of origins, such as https://shop.example\n',
      );
    },
  );

  it('accepts a separate port for operators, on a given host or on the API’s host', () => {
    expect(parseEnv(least).ops).toBeNull();
    expect(parseEnv({ ...least, OPS_PORT: '9000' }).ops).toEqual({ host: '127.0.0.1', port: 9000 });
    const given = { HOST: '0.0.0.0', PORT: '0', OPS_PORT: '0' };
    expect(parseEnv({ ...least, ...given }).ops).toEqual({ host: '0.0.0.0', port: 0 });
    expect(parseEnv({ ...least, ...given, OPS_HOST: '::1' }).ops).toEqual({ host: '::1', port: 0 });
    expect(() => parseEnv({ ...least, PORT: '9000', OPS_PORT: '9000' })).toThrow('OPS_PORT: must differ from PORT');
  });

  it('gives the worker a free port on loopback by default, whatever the API’s host is', () => {
    expect(parseEnv({ ...least, HOST: '0.0.0.0' }).worker).toEqual({ host: '127.0.0.1', port: 0 });
    const given = { WORKER_HOST: '10.0.0.5', WORKER_PORT: '9001' };
    expect(parseEnv({ ...least, ...given }).worker).toEqual({ host: '10.0.0.5', port: 9001 });
    expect(() => parseEnv({ ...least, OPS_PORT: '9001', WORKER_PORT: '9001' })).toThrow(
      '  WORKER_PORT: must differ from OPS_PORT, which is 9001\n',
    );
    expect(() => parseEnv({ ...least, PORT: '0', OPS_PORT: '0', WORKER_PORT: '0' })).not.toThrow();
  });

  it.each(['proxy.example', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0', '2001:db8::/129', '10.0.0.0/', '10.0.0.0/-1'])(
    'explains that %s is not the address of a trusted proxy',
    (network) => {
      expect(() => parseEnv({ ...least, TRUSTED_PROXIES: `10.0.0.5, ${network}` })).toThrow(
        '  TRUSTED_PROXIES.1: must be a list of IP addresses or networks, such as 10.0.0.5, 10.0.0.0/8, 2001:db8::/32\n',
      );
    },
  );

  it('accepts trusted proxies as addresses and networks', () => {
    const given = '10.0.0.5, 10.1.0.0/16,2001:db8::/32,::1';
    expect(parseEnv({ ...least, TRUSTED_PROXIES: given }).trustedProxies).toEqual([
      ...['10.0.0.5', '10.1.0.0/16', '2001:db8::/32', '::1'],
    ]);
    expect(parseEnv(least)).toMatchObject({ trustedProxies: [], maxConnections: undefined });
  });

  it('refuses FIRSTCOME_DEMO=1 in production', () => {
    expect(() => parseEnv({ ...least, NODE_ENV: 'production', FIRSTCOME_DEMO: '1' })).toThrow(
      '  FIRSTCOME_DEMO: 1 is refused in production',
    );
    expect(parseEnv({ ...least, NODE_ENV: 'production', FIRSTCOME_DEMO: '0' }).demo).toBe(false);
    expect(parseEnv({ ...least, FIRSTCOME_DEMO: '1' }).demo).toBe(true);
    expect(parseEnv(least).demo).toBeNull();
  });

  it('accepts either demo visitors or a script that identifies users, but not both', () => {
    expect(() => parseEnv({ ...least, FIRSTCOME_DEMO: '1', WEB_IDENTITY_SCRIPT: '/identity.js' })).toThrow(
      '  FIRSTCOME_DEMO: 1 can’t be combined with WEB_IDENTITY_SCRIPT',
    );
  });

  it('accepts an identity script over plain HTTP only in development', () => {
    const script = 'http://shop.example/identity.js';
    expect(parseEnv({ ...least, WEB_IDENTITY_SCRIPT: script }).pages.identityScript).toBe(script);
    expect(() => parseEnv({ ...least, NODE_ENV: 'production', WEB_IDENTITY_SCRIPT: script })).toThrow(
      '  WEB_IDENTITY_SCRIPT: must begin with https://, or be a path, in production',
    );
    for (const good of ['https://shop.example/identity.js', '/identity.js']) {
      expect(() => parseEnv({ ...least, NODE_ENV: 'production', WEB_IDENTITY_SCRIPT: good })).not.toThrow();
    }
  });

  it('names the address that is missing', () => {
    expect(() => parseEnv({ REDIS_URL: least.REDIS_URL })).toThrow(
      '  DATABASE_URL: is missing: it must begin with mysql:// or mariadb://\n',
    );
  });

  it('reads numbers, and converts seconds to milliseconds', () => {
    expect(parseEnv({ ...least, PORT: '0', SEED_LEAD_SECONDS: '0.25', CLAIM_WAIT_MS: '50' })).toMatchObject({
      ...{ port: 0, seedLeadMs: 250, claimWaitMs: 50 },
    });
  });

  it('reports a missing secret only to processes that need it', () => {
    expect(() => requireAuthSecret(parseEnv(least))).toThrow(/AUTH_SECRET/);
  });
});

describe('an identity provider', () => {
  const provider = {
    ...{ AUTH_JWKS_URL: 'https://id.example/jwks', AUTH_ISSUER: 'https://id.example', AUTH_AUDIENCE: 'firstcome' },
  };

  it('may be used together with the secret or instead of it, even in production', () => {
    const identity = { jwksUrl: 'https://id.example/jwks', issuer: 'https://id.example', audience: 'firstcome' };
    const env = parseEnv({ ...least, ...provider, NODE_ENV: 'production' });
    expect(env.identity).toEqual({ ...identity, userClaim: 'sub', roleClaim: 'role', roleMaxMs: 86_400_000 });
    expect(() => requireTokenKeys(env)).not.toThrow();
    expect(() => requireTokenKeys(parseEnv(least))).toThrow(/AUTH_SECRET/);
    expect(parseEnv(least).identity).toBeUndefined();
    const claims = { AUTH_USER_CLAIM: 'email', AUTH_ROLE_CLAIM: 'realm_access.roles' };
    expect(parseEnv({ ...least, ...provider, ...claims }).identity).toMatchObject({
      ...{ userClaim: 'email', roleClaim: 'realm_access.roles' },
    });
  });

  it.each([
    [{ AUTH_JWKS_URL: provider.AUTH_JWKS_URL }, ['AUTH_ISSUER: is missing', 'AUTH_AUDIENCE: is missing']],
    [{ ...provider, AUTH_AUDIENCE: '' }, ['AUTH_AUDIENCE: is missing']],
    [{ AUTH_ISSUER: 'x', AUTH_ROLE_CLAIM: 'y' }, ['AUTH_ISSUER: needs', 'AUTH_ROLE_CLAIM: needs']],
    [{ ...provider, AUTH_JWKS_URL: 'id.example/jwks' }, ['AUTH_JWKS_URL: must be a URL']],
    [{ ...provider, AUTH_JWKS_URL: 'file:///etc/keys' }, ['AUTH_JWKS_URL: must be a URL']],
    [
      { ...provider, AUTH_JWKS_URL: 'https://me:hunter2@id.example/jwks' },
      ['AUTH_JWKS_URL: must not contain a user name'],
    ],
    [
      { ...provider, AUTH_JWKS_URL: 'http://id.example/jwks', NODE_ENV: 'production' },
      ['AUTH_JWKS_URL: must begin with https:// in production'],
    ],
    [{ AUTH_SECRET_PREVIOUS: 'x'.repeat(32) }, ['AUTH_SECRET_PREVIOUS: needs AUTH_SECRET']],
    [
      { AUTH_SECRET: 'x'.repeat(32), AUTH_SECRET_PREVIOUS: 'short' },
      ['AUTH_SECRET_PREVIOUS: must have at least 32 bytes'],
    ],
  ])('is rejected with an error that names every mistake: %j', (over, problems) => {
    const parse = () => parseEnv({ ...least, ...over });
    for (const problem of problems) expect(parse).toThrow(problem);
    expect(parse).not.toThrow(/hunter2/);
  });

  it('may use plain HTTP on this machine', () => {
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      const url = { AUTH_JWKS_URL: `http://${host}:8080/jwks`, NODE_ENV: 'production' };
      expect(() => parseEnv({ ...least, ...provider, ...url })).not.toThrow();
    }
  });
});
