import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const origin = z.url({ protocol: /^https?$/ }).refine((text) => new URL(text).origin === text, 'must be origins');
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );
const seconds = (fallback: number) => z.coerce.number().positive().default(fallback);

const schema = z.object({
  NODE_ENV: z.string().default('development'),
  PORT: port.default(3000),
  HOST: z.string().default('127.0.0.1'),
  DATABASE_URL: z.string().regex(/^(mysql|mariadb):\/\//, 'must begin with mysql:// or mariadb://'),
  REDIS_URL: z.string().regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://'),
  AUTH_SECRET: z
    .string()
    .refine((secret) => Buffer.byteLength(secret) >= 32, 'must have at least 32 bytes')
    .optional(),
  CORS_ORIGINS: list,
  WEB_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(1),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** How long before the opening a gate is made. */
  SEED_LEAD_SECONDS: seconds(60),
  /** How long a closed or sold-out round stays in Redis. */
  RETIRE_AFTER_SECONDS: seconds(86_400),
  /** How long a claim may wait for its turn at a lock before it is answered `busy`. */
  CLAIM_WAIT_MS: z.coerce.number().int().min(50).max(1_500).default(1_000),
  /** How long a Redis lock outlives a holder that died; a living one renews it. */
  LOCK_LEASE_MS: z.coerce.number().int().min(100).max(60_000).default(3_000),
  /** MySQL connections that claims are decided with, apart from those that everything else uses. */
  CLAIM_CONNECTIONS: z.coerce.number().int().min(1).max(200).default(10),
  /** The script that tells the pages who uses them. It becomes part of a header and of HTML: nothing that ends either. */
  WEB_IDENTITY_SCRIPT: z
    .string()
    .regex(/^(https?:\/\/[^/\s;,'"]|\/[^/\s;,'"])[^\s;,'"]*$/, 'must be a URL, or a path that begins with /')
    .optional(),
  WEB_CONNECT_ORIGINS: list.pipe(z.array(origin)),
  WEB_FRAME_ANCESTORS: list.pipe(z.array(origin)),
  FIRSTCOME_UNSAFE: z.enum(['0', '1']).default('0'),
});

/** The settings of a process; durations in ms. */
export type Env = ReturnType<typeof parseEnv>;

/**
 * Reads the environment once. Throws one error that lists everything that is wrong.
 * `AUTH_SECRET` is checked by those who need it (`requireAuthSecret`).
 */
export function parseEnv(source: Record<string, string | undefined>) {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(given);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`The environment can't be used:\n${problems.join('\n')}\nSee .env.example for every variable.`);
  }
  const env = result.data;
  const production = env.NODE_ENV === 'production';
  if (production && env.FIRSTCOME_UNSAFE === '1') {
    throw new Error('FIRSTCOME_UNSAFE=1 oversells on purpose and is refused when NODE_ENV is production. Unset it.');
  }
  return Object.freeze({
    production,
    port: env.PORT,
    host: env.HOST,
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    authSecret: env.AUTH_SECRET,
    corsOrigins: env.CORS_ORIGINS,
    webConcurrency: env.WEB_CONCURRENCY,
    logLevel: env.LOG_LEVEL,
    seedLeadMs: env.SEED_LEAD_SECONDS * 1_000,
    retireAfterMs: env.RETIRE_AFTER_SECONDS * 1_000,
    claimWaitMs: env.CLAIM_WAIT_MS,
    lockLeaseMs: env.LOCK_LEASE_MS,
    claimConnections: env.CLAIM_CONNECTIONS,
    pages: {
      identityScript: env.WEB_IDENTITY_SCRIPT ?? null,
      connectOrigins: env.WEB_CONNECT_ORIGINS,
      frameAncestors: env.WEB_FRAME_ANCESTORS,
    },
    unsafeStrategy: env.FIRSTCOME_UNSAFE === '1',
  });
}

/** The key that signs tokens. Throws when it is missing. */
export function requireAuthSecret(env: Env): string {
  if (env.authSecret !== undefined) return env.authSecret;
  throw new Error(
    'AUTH_SECRET is not set: tokens can neither be made nor checked. Set it to at least 32 random bytes.',
  );
}
