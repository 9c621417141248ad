import { readConnectionLimits } from '../../api/connection-limits.ts';
import { createServer } from '../../api/create-server.ts';
import { createMetrics } from '../../api/metrics.ts';
import { openPlatform } from '../../core/platform.ts';
import { createLog } from '../../core/runtime/log.ts';
import { parseEnv, requireAuthSecret } from '../../core/settings/env.ts';

/** `api/main.ts` without the hot lane: every call goes through Express and tRPC's own adapter. */
const env = parseEnv(process.env);
const log = createLog('api', env.logLevel);
const metrics = createMetrics({ processMetrics: true });
const platform = await openPlatform({ env, log, observe: metrics.observe });
const api = createServer({
  ...platform,
  log,
  metrics,
  authSecret: requireAuthSecret(env),
  corsOrigins: env.corsOrigins,
  hotLane: false,
  connectionLimits: readConnectionLimits(env),
});
await api.listen(env);
process.on('SIGTERM', () => {
  void api
    .close()
    .then(() => platform.close())
    .finally(() => process.exit(0));
});
