import type { Redis } from 'ioredis';

const overUs = 2_000;
/** The limit for the log; faster commands are not logged. */
const loggedUs = 200;
const logLengthMax = 20_000;

/** Makes Redis log its slower commands. `end` returns the commands that concerned an event. */
export async function watchSlowCommands(
  redis: Redis,
  eventId: string,
): Promise<{ end: () => Promise<{ longestMs: number; over: number }> }> {
  const settings = ['slowlog-log-slower-than', 'slowlog-max-len'] as const;
  const before = await Promise.all(settings.map(async (name) => String((await redis.config('GET', name))[1])));
  await redis.config('SET', 'slowlog-log-slower-than', String(loggedUs));
  await redis.config('SET', 'slowlog-max-len', String(logLengthMax));
  await redis.slowlog('RESET');
  return {
    end: async () => {
      const entries = (await redis.slowlog('GET', logLengthMax)) as [number, number, number, string[]][];
      const own = entries.filter(([, , , args]) => args.some((arg) => arg.includes(`{${eventId}}`)));
      const times = own.map(([, , us]) => us);
      for (const [i, name] of settings.entries()) await redis.config('SET', name, before[i] ?? '');
      await redis.slowlog('RESET');
      return { longestMs: Math.max(0, ...times) / 1_000, over: times.filter((us) => us > overUs).length };
    },
  };
}
