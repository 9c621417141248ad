import { defineConfig } from 'vitest/config';
import { SlowFirst } from './tests/support/slow-first.ts';

// Tests use their own servers. Remove these variables, so that no test can reach the system that the shell names in them.
for (const name of [
  'APPROVAL_AMOUNT',
  'APPROVAL_STOCK',
  'AUTH_AUDIENCE',
  'AUTH_ISSUER',
  'AUTH_JWKS_URL',
  'AUTH_ROLE_CLAIM',
  'AUTH_SECRET',
  'AUTH_SECRET_AUDIENCE',
  'AUTH_SECRET_ISSUER',
  'AUTH_SECRET_PREVIOUS',
  'AUTH_USER_CLAIM',
  'CLAIM_CONNECTIONS',
  'CLAIM_WAIT_MS',
  'CORS_ORIGINS',
  'DATABASE_URL',
  'FIRSTCOME_DATA_DIR',
  'FIRSTCOME_DEMO',
  'FIRSTCOME_TOKEN',
  'FIRSTCOME_UNFENCED',
  'FIRSTCOME_UNSAFE',
  'FIRSTCOME_URL',
  'HOST',
  'LIMITS',
  'LIMIT_ADDRESS_CALLS',
  'LIMIT_SHARED',
  'LIMIT_USER_CLAIMS',
  'LIMIT_USER_READS',
  'LOCK_LEASE_MS',
  'LOG_LEVEL',
  'MAX_CONNECTIONS',
  'OPS_HOST',
  'OPS_PORT',
  'OTEL_BSP_MAX_QUEUE_SIZE',
  'OTEL_BSP_SCHEDULE_DELAY',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_PROTOCOL',
  'OTEL_RESOURCE_ATTRIBUTES',
  'OTEL_SERVICE_NAME',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
  'PORT',
  'REDIS_URL',
  'RETIRE_AFTER_SECONDS',
  'ROLE_TOKEN_MAX_SECONDS',
  'SEED_LEAD_SECONDS',
  'TRUSTED_PROXIES',
  'VIEWER_SEES_CODES',
  'WEB_CONCURRENCY',
  'CONSOLE_LOGIN_URL',
  'WEB_CONNECT_ORIGINS',
  'WEB_FRAME_ANCESTORS',
  'WEB_IDENTITY_SCRIPT',
  'WEB_IMAGE_ORIGINS',
  'WEB_THEME',
  'WORKER_HOST',
  'WORKER_PORT',
]) {
  Reflect.deleteProperty(process.env, name);
}

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/global-setup.ts'],
    // One process per test file. The processes that a test starts are its child processes, and die with it.
    pool: 'forks',
    // Two workers, because the tests and their servers use both cores fully. With 4 workers, two whole runs took 965 and
    // 1,005 s, and in one of them a first claim came too late for the checker.
    maxWorkers: 2,
    sequence: { sequencer: SlowFirst },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    // The default of one second is too short if many tests share two cores.
    expect: { poll: { timeout: 20_000 } },
    // No retries, because a test that passes only the second time has found a race.
    retry: 0,
  },
});
