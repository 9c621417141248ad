import { isIP } from 'node:net';
import { z } from 'zod';
import { defaultTokenRules, type TokenRules } from '../access/token-rules.ts';
import { givenTheme, themeProblems } from '../events/theme.ts';
import { parseDatabaseUrl } from '../mysql/database-url.ts';
import { isRedisUrl, parseRedisUrl, redisUrlForms } from '../redis/redis-address.ts';
import { attestations } from '../redis/attestation.ts';
import { samplerNames } from '../tracing/tracing.ts';
import { readRedisSettings } from './redis-settings.ts';
import { tracingOf } from './tracing-settings.ts';

const wholeBetween = (min: number, max: number) => {
  const problem = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, problem)
    .transform(Number)
    .refine((value) => value >= min && value <= max, problem);
};
const whole = (min: number, max: number, fallback: number) => wholeBetween(min, max).default(fallback);

const seconds = (fallback: number) => {
  const problem = 'must be a number of seconds above 0, in digits';
  return z
    .string()
    .regex(/^\d{1,15}(\.\d+)?$/, problem)
    .transform(Number)
    .refine((value) => value > 0, problem)
    .default(fallback);
};

const oneOf = <const Choices extends readonly string[]>(choices: Choices, fallback: Choices[number]) =>
  z.enum(choices, `must be one of ${choices.join(', ')}`).default(fallback);

/** A URL of the given form. `read` parses the URL, and throws if anything else is wrong with it. */
const address = (form: RegExp, begins: string, read: (text: string) => unknown) =>
  z
    .string(`is missing: it must begin with ${begins}`)
    .regex(form, `must begin with ${begins}`)
    .superRefine((text, context) => {
      if (!form.test(text)) return;
      try {
        read(text);
      } catch (err) {
        context.addIssue({ code: 'custom', message: err instanceof Error ? err.message : String(err) });
      }
    });

const redisUrl = address(isRedisUrl, redisUrlForms, parseRedisUrl);

const secret = z.string().refine((text) => Buffer.byteLength(text) >= 32, 'must have at least 32 bytes');

/** The value of a claim in a token: one string without spaces or invisible characters. */
const claimText = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 printable ASCII characters without spaces');

const wholeAbove = (what: string) =>
  z
    .string()
    .regex(/^[1-9]\d{0,14}$/, `must be a whole number ${what}, 1 or more`)
    .transform(Number)
    .optional();

/** An IP address or a host name. Checking the form reports a typo at once, instead of after a slow look-up. */
const host = z.string().regex(/^[A-Za-z0-9._:%-]{1,253}$/, 'must be an IP address or a host name');

const origin = z
  .string()
  .refine(
    (text) => /^https?:/.test(text) && URL.parse(text)?.origin === text,
    'must be a list of origins, such as https://shop.example',
  );
const network = z.string().refine((text) => {
  const [address = '', bits, ...more] = text.split('/');
  const bitsMax = { 4: 32, 6: 128 }[isIP(address)];
  if (bitsMax === undefined || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax);
}, 'must be a list of IP addresses or networks, such as 10.0.0.5, 10.0.0.0/8, 2001:db8::/32');
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );

const schema = z.object({
  NODE_ENV: z.string().default('development'),
  PORT: whole(0, 65_535, 3000),
  HOST: host.default('127.0.0.1'),
  /**
   * The port for operators. If it is set, it serves everything, and PORT serves only the public part. Unset: PORT
   * serves everything.
   */
  OPS_PORT: wholeBetween(0, 65_535).optional(),
  /** The address on which OPS_PORT listens. Unset: HOST. */
  OPS_HOST: host.optional(),
  /** The worker's port for /livez, /readyz and /metrics. Unset: any free port. */
  WORKER_PORT: whole(0, 65_535, 0),
  /** It is separate from HOST: opening the API to a network should not open the worker's metrics to it. */
  WORKER_HOST: host.default('127.0.0.1'),
  DATABASE_URL: address(/^(mysql|mariadb):\/\//, 'mysql:// or mariadb://', parseDatabaseUrl),
  /** How many replicas must have a claim before its user learns of it. */
  REDIS_REPLICA_ACKS: whole(0, 10, 0),
  REDIS_URL: redisUrl,
  /** The Redis that holds the job queue. Unset: REDIS_URL. */
  QUEUE_REDIS_URL: redisUrl.optional(),
  /**
   * PEM files for TLS: the certificate of the authority that signed Redis's certificate, then our own certificate and
   * its key.
   */
  REDIS_CA_FILE: z.string().optional(),
  REDIS_CERT_FILE: z.string().optional(),
  REDIS_KEY_FILE: z.string().optional(),
  REDIS_SENTINEL_USERNAME: z.string().optional(),
  REDIS_SENTINEL_PASSWORD: z.string().optional(),
  /** How durable Redis is, as its operator attests. Needed only for a Redis that refuses CONFIG. */
  REDIS_DURABILITY: z.enum(attestations, `must be one of ${attestations.join(', ')}`).optional(),
  AUTH_SECRET: secret.optional(),
  /** The previous secret, while tokens signed with it are still in use. */
  AUTH_SECRET_PREVIOUS: secret.optional(),
  /** The `iss` and `aud` that tokens signed with AUTH_SECRET or AUTH_SECRET_PREVIOUS must have. Unset: not checked. */
  AUTH_SECRET_ISSUER: claimText.optional(),
  AUTH_SECRET_AUDIENCE: claimText.optional(),
  /** How long a token with a role may live, whoever signed it. */
  ROLE_TOKEN_MAX_SECONDS: whole(1, 31_622_400, defaultTokenRules.roleMaxMs / 1_000),
  /** Where an identity provider publishes its keys, and what its tokens must contain. */
  AUTH_JWKS_URL: z.url({ protocol: /^https?$/, error: 'must be a URL that begins with https://' }).optional(),
  AUTH_ISSUER: z.string().optional(),
  AUTH_AUDIENCE: z.string().optional(),
  AUTH_USER_CLAIM: z.string().optional(),
  AUTH_ROLE_CLAIM: z.string().optional(),
  CORS_ORIGINS: list.pipe(z.array(origin)),
  WEB_CONCURRENCY: whole(1, 64, 1),
  /**
   * The most client connections per API process. Unset: as many as the process's descriptor limit allows, up to 20,000.
   */
  MAX_CONNECTIONS: wholeBetween(16, 1_000_000).optional(),
  /**
   * The addresses of our own proxies. A proxy may open more new connections than any other address, and its
   * X-Forwarded-For names the caller's address.
   */
  TRUSTED_PROXIES: list.pipe(z.array(network)),
  /** Whether calls are limited by user and by address, in each API process. */
  LIMITS: oneOf(['off', 'on'], 'off'),
  /** Calls without a valid token that one address may make in any 10 s. */
  LIMIT_ADDRESS_CALLS: whole(1, 65_535, 500),
  /** Claims that a user may submit in any 2 s. */
  LIMIT_USER_CLAIMS: whole(1, 65_535, 10),
  /** Other calls that a user may make in any 2 s. */
  LIMIT_USER_READS: whole(1, 65_535, 40),
  /** 1: enforces the limit that an event sets on each user's tries, across all processes. 0: does not enforce it. */
  LIMIT_SHARED: oneOf(['0', '1'], '0'),
  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info'),
  /**
   * The format in which `npm start` prints to the terminal. The API and the worker always log JSON. Unset: pretty on a
   * terminal, json elsewhere.
   */
  LOG_FORMAT: oneOf(['pretty', 'json', ''], ''),
  /** Where traces are sent. Unset: nothing is traced. OpenTelemetry's exporter reads this and its headers itself. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' })
    .optional(),
  OTEL_EXPORTER_OTLP_HEADERS: z.string().optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .enum(['http/json'], 'must be http/json, the only protocol that Firstcome sends')
    .optional(),
  OTEL_SERVICE_NAME: z.string().optional(),
  OTEL_RESOURCE_ATTRIBUTES: z.string().optional(),
  OTEL_TRACES_SAMPLER: oneOf(samplerNames, 'parentbased_always_on'),
  /** The share of traces that a sampler with `traceidratio` records. */
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'must be a number from 0 to 1')
    .transform(Number)
    .default(1),
  OTEL_BSP_SCHEDULE_DELAY: whole(1, 60_000, 5_000),
  OTEL_BSP_MAX_QUEUE_SIZE: whole(1, 100_000, 2_048),
  /** How long before an opening the gate is made. */
  SEED_LEAD_SECONDS: seconds(60),
  /** How long a closed or sold-out round stays in Redis. */
  RETIRE_AFTER_SECONDS: seconds(86_400),
  /** How long a claim may wait for its turn at a lock before it gets the answer `busy`. */
  CLAIM_WAIT_MS: whole(50, 1_500, 1_000),
  /** A holder that is alive renews the lock. A living holder renews it. */
  LOCK_LEASE_MS: whole(100, 60_000, 3_000),
  /** MySQL connections for deciding claims, in addition to those for everything else. */
  CLAIM_CONNECTIONS: whole(1, 200, 10),
  /** An event above one of these needs another admin's approval. Unset: no event needs one. */
  APPROVAL_AMOUNT: wholeAbove('in the minor unit of the currency'),
  APPROVAL_STOCK: wholeAbove('of coupons'),
  /** 1: viewers see complete coupon codes, as operators do. */
  VIEWER_SEES_CODES: oneOf(['0', '1'], '0'),
  /**
   * The URL of the script that tells the pages who the visitor is. This URL is written into a header and into HTML, so
   * it must not contain a character that is special in either.
   */
  WEB_IDENTITY_SCRIPT: z
    .string()
    .regex(/^(https?:\/\/[^/\s;,'"]|\/[^/\s;,'"])[^\s;,'"]*$/, 'must be a URL, or a path that begins with /')
    .optional(),
  WEB_CONNECT_ORIGINS: list.pipe(z.array(origin)),
  WEB_FRAME_ANCESTORS: list.pipe(z.array(origin)),
  /** The origins from which the pages may load images. Unset: any https origin. */
  WEB_IMAGE_ORIGINS: list.pipe(z.array(origin)),
  /** Where admins sign in to get a token: the console links to it. */
  CONSOLE_LOGIN_URL: z.url({ protocol: /^https?$/, error: 'must be a URL that begins with https://' }).optional(),
  /** The look of all pages, as JSON. */
  WEB_THEME: z
    .string()
    .superRefine((json, context) => {
      for (const { path, message } of themeProblems(json)) context.addIssue({ code: 'custom', path, message });
    })
    .optional(),
  /** Whether the pages make up visitors, for a demo. Unset: only under `npm start` on a loopback HOST. */
  FIRSTCOME_DEMO: z.enum(['0', '1'], 'must be one of 0, 1').optional(),
  FIRSTCOME_UNSAFE: oneOf(['0', '1'], '0'),
  /**
   * 1: a process trusts any gate that Redis has. Only for `npm run failover`, which uses it to show what fencing
   * prevents.
   */
  FIRSTCOME_UNFENCED: oneOf(['0', '1'], '0'),
});

/** A process's settings. Durations are in ms. */
export type Env = ReturnType<typeof parseEnv>;

/**
 * Reads the environment once. Throws one error that lists everything that is wrong. Does not require `AUTH_SECRET`; see
 * `requireAuthSecret`.
 */
export function parseEnv(source: Record<string, string | undefined>) {
  const given = withoutEmpty(source);
  const result = schema.safeParse(given);
  const redis = readRedisSettings(given);
  const problems = [
    ...(result.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    ...redis.problems,
    ...identityProblems(given),
    ...pageProblems(given),
    ...portProblems(given),
  ];
  if (!result.success || problems.length > 0 || redis.settings === null) {
    const list = problems.map((problem) => `  ${problem}\n`).join('');
    throw new Error(`The environment can't be used:\n${list}See .env.example for every variable.`);
  }
  const env = result.data;
  const production = env.NODE_ENV === 'production';
  if (production && env.FIRSTCOME_UNSAFE === '1') {
    throw new Error('FIRSTCOME_UNSAFE=1 oversells on purpose and is refused when NODE_ENV is production. Unset it.');
  }
  if (production && env.FIRSTCOME_UNFENCED === '1') {
    throw new Error(
      'FIRSTCOME_UNFENCED=1 issues serials twice after a failover and is refused when NODE_ENV is production. Unset it.',
    );
  }
  return Object.freeze({
    production,
    port: env.PORT,
    host: env.HOST,
    ops: env.OPS_PORT === undefined ? null : { host: env.OPS_HOST ?? env.HOST, port: env.OPS_PORT },
    worker: { host: env.WORKER_HOST, port: env.WORKER_PORT },
    databaseUrl: env.DATABASE_URL,
    ...redis.settings,
    redisDurability: env.REDIS_DURABILITY ?? null,
    replicaAcks: env.REDIS_REPLICA_ACKS,
    authSecret: env.AUTH_SECRET,
    authSecretPrevious: env.AUTH_SECRET_PREVIOUS,
    tokenRules: tokenRulesOf(env),
    identity: identityOf(env),
    corsOrigins: env.CORS_ORIGINS,
    webConcurrency: env.WEB_CONCURRENCY,
    maxConnections: env.MAX_CONNECTIONS,
    trustedProxies: env.TRUSTED_PROXIES,
    /** Null if they are off. */
    limits:
      env.LIMITS === 'off'
        ? null
        : {
            addressCalls: env.LIMIT_ADDRESS_CALLS,
            userClaims: env.LIMIT_USER_CLAIMS,
            userReads: env.LIMIT_USER_READS,
          },
    limitShared: env.LIMIT_SHARED === '1',
    logLevel: env.LOG_LEVEL,
    logFormat: env.LOG_FORMAT === '' ? null : env.LOG_FORMAT,
    /** Null if nothing is traced. */
    tracing: tracingOf(env),
    seedLeadMs: env.SEED_LEAD_SECONDS * 1_000,
    retireAfterMs: env.RETIRE_AFTER_SECONDS * 1_000,
    claimWaitMs: env.CLAIM_WAIT_MS,
    lockLeaseMs: env.LOCK_LEASE_MS,
    claimConnections: env.CLAIM_CONNECTIONS,
    approvals: { amount: env.APPROVAL_AMOUNT ?? null, stock: env.APPROVAL_STOCK ?? null },
    viewerSeesCodes: env.VIEWER_SEES_CODES === '1',
    consoleLoginUrl: env.CONSOLE_LOGIN_URL ?? null,
    pages: {
      identityScript: env.WEB_IDENTITY_SCRIPT ?? null,
      connectOrigins: env.WEB_CONNECT_ORIGINS,
      frameAncestors: env.WEB_FRAME_ANCESTORS,
      imageOrigins: env.WEB_IMAGE_ORIGINS.length === 0 ? null : env.WEB_IMAGE_ORIGINS,
      theme: env.WEB_THEME === undefined ? {} : givenTheme.parse(JSON.parse(env.WEB_THEME)),
    },
    /** Null if not set. */
    demo: env.FIRSTCOME_DEMO === undefined ? null : env.FIRSTCOME_DEMO === '1',
    unsafeStrategy: env.FIRSTCOME_UNSAFE === '1',
    unfenced: env.FIRSTCOME_UNFENCED === '1',
  });
}

const withoutEmpty = (source: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''));

const ruleSchema = schema.pick({ AUTH_SECRET_ISSUER: true, AUTH_SECRET_AUDIENCE: true, ROLE_TOKEN_MAX_SECONDS: true });

function tokenRulesOf(env: z.output<typeof ruleSchema>): TokenRules {
  return {
    issuer: env.AUTH_SECRET_ISSUER ?? null,
    audience: env.AUTH_SECRET_AUDIENCE ?? null,
    roleMaxMs: env.ROLE_TOKEN_MAX_SECONDS * 1_000,
  };
}

/**
 * Reads only the rules for tokens, for tools that make tokens and open no store. Throws an error that says what is
 * wrong.
 */
export function parseTokenRules(source: Record<string, string | undefined>): TokenRules {
  const result = ruleSchema.safeParse(withoutEmpty(source));
  if (result.success) return tokenRulesOf(result.data);
  throw new Error(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
}

/** An identity provider. Its tokens are accepted in addition to those signed with `AUTH_SECRET`. */
export type IdentitySettings = {
  jwksUrl: string;
  issuer: string;
  audience: string;
  /** Which claim of the provider's tokens holds the user id, and which the role; each is a name or a path. */
  userClaim: string;
  roleClaim: string;
  /** How long the provider's tokens with a role may live. */
  roleMaxMs: number;
};

function identityOf(env: z.output<typeof schema>): IdentitySettings | undefined {
  const { AUTH_JWKS_URL: jwksUrl, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = env;
  if (jwksUrl === undefined || issuer === undefined || audience === undefined) return undefined;
  return {
    ...{ jwksUrl, issuer, audience },
    userClaim: env.AUTH_USER_CLAIM ?? 'sub',
    roleClaim: env.AUTH_ROLE_CLAIM ?? 'role',
    roleMaxMs: tokenRulesOf(env).roleMaxMs,
  };
}

/** Checks settings for signing in that depend on each other. */
function identityProblems(given: Record<string, string | undefined>): string[] {
  const problems: string[] = [];
  if (given['AUTH_SECRET_PREVIOUS'] !== undefined && given['AUTH_SECRET'] === undefined) {
    problems.push('AUTH_SECRET_PREVIOUS: needs AUTH_SECRET, which is not set');
  }
  const url = given['AUTH_JWKS_URL'];
  if (url === undefined) {
    const alone = ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_USER_CLAIM', 'AUTH_ROLE_CLAIM'].filter((name) => given[name]);
    return [...problems, ...alone.map((name) => `${name}: needs AUTH_JWKS_URL, which is not set`)];
  }
  // Without an issuer and an audience, a token that the provider signed for a different service would be accepted here
  // too.
  const missing = ['AUTH_ISSUER', 'AUTH_AUDIENCE'].filter((name) => given[name] === undefined);
  problems.push(...missing.map((name) => `${name}: is missing: AUTH_JWKS_URL needs it`));
  if (!URL.canParse(url)) return problems;
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== '' || password !== '') problems.push('AUTH_JWKS_URL: must not contain a user name or password');
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  if (given['NODE_ENV'] === 'production' && protocol === 'http:' && !isHere) {
    problems.push(
      'AUTH_JWKS_URL: must begin with https:// in production, because anyone who can change its answer can make tokens',
    );
  }
  return problems;
}

/** Checks settings of the pages that depend on each other. */
function pageProblems(given: Record<string, string | undefined>): string[] {
  const production = given['NODE_ENV'] === 'production';
  const script = given['WEB_IDENTITY_SCRIPT'];
  const problems: string[] = [];
  if (production && script !== undefined && /^http:/.test(script)) {
    problems.push(
      'WEB_IDENTITY_SCRIPT: must begin with https://, or be a path, in production: anyone who can tamper with the script in transit can act as any user',
    );
  }
  if (given['FIRSTCOME_DEMO'] !== '1') return problems;
  if (production) {
    problems.push(
      'FIRSTCOME_DEMO: 1 is refused in production: it gives anyone a user token. Unset it, and set WEB_IDENTITY_SCRIPT',
    );
  } else if (script !== undefined) {
    problems.push(
      'FIRSTCOME_DEMO: 1 can’t be combined with WEB_IDENTITY_SCRIPT: both say who visitors are. Unset one of them',
    );
  }
  return problems;
}

/** Checks that no two ports are the same, except 0, which means any free port. */
function portProblems(given: Record<string, string | undefined>): string[] {
  const problems: string[] = [];
  if (given['OPS_HOST'] !== undefined && given['OPS_PORT'] === undefined) {
    problems.push('OPS_HOST: needs OPS_PORT, which is not set');
  }
  const taken = new Map([[Number(given['PORT'] ?? 3000), 'PORT']]);
  for (const name of ['OPS_PORT', 'WORKER_PORT']) {
    const port = Number(given[name] ?? 0);
    if (!Number.isInteger(port) || port === 0) continue;
    const other = taken.get(port);
    if (other === undefined) taken.set(port, name);
    else {
      const which = other === 'PORT' && port === 3000 ? '3000 if not set' : port;
      problems.push(`${name}: must differ from ${other}, which is ${which}`);
    }
  }
  return problems;
}

/** Throws if there is neither a secret nor an identity provider to verify tokens with. */
export function requireTokenKeys(env: Env): void {
  if (env.identity === undefined) requireAuthSecret(env);
}

/** The key that signs tokens. Throws if it is missing. */
export function requireAuthSecret(env: Env): string {
  if (env.authSecret !== undefined) return env.authSecret;
  throw new Error(
    'AUTH_SECRET is not set: tokens can neither be made nor checked. Set it to at least 32 random bytes.',
  );
}
