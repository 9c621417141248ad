import { holdAnswers, rememberBriefly } from './briefly.ts';
import { heartbeatKey } from './keys.ts';
import type { Health, HealthCheck } from './platform.ts';
import type { Stores } from './stores.ts';
import { surveyRounds, type SurveyedRound } from './survey.ts';

/** Each check gives up after this, so that all of them answer well within 2 s. */
const checkLimitMs = 1_000;
/** Two missed beats of a worker are an accident, three are an outage. */
const heartbeatAgeMaxMs = 3 * 5_000;
/** An outbox older than this is not being drained. */
const outboxAgeMaxMs = 30_000;

/** What `/readyz` says. Answers are shared for 1 s, so that watching does not become load. */
export function createHealth(stores: Stores): Health & { rounds(): Promise<SurveyedRound[]> } {
  const { db, redis, clock } = stores;
  const survey = rememberBriefly(() => surveyRounds(stores), { holdMs: holdAnswers(1_000), keysMax: 1 });
  const rounds = async () => {
    connected();
    return survey('all');
  };

  /** Redis, or in the driver's stead a reason that people understand. */
  const connected = () => {
    if (redis.runId() === undefined) throw new Error('Redis is not connected');
    return redis.client;
  };

  const redisCheck = async (): Promise<string> => {
    await connected().ping();
    return 'answers';
  };

  const durability = async (): Promise<string> => {
    // Two calls, because one of several patterns needs Redis 7.
    const asked = ['append*', 'maxmemory-policy'].map((pattern) => connected().config('GET', pattern));
    const settings = await Promise.all(asked).catch(() => null);
    if (settings === null) throw new Error('durability: unknown; this Redis does not show its settings (CONFIG GET)');
    const said = new Map(settings.flatMap((reply) => [...settingsOf(reply)]));
    const weak = [
      said.get('appendonly') === 'yes' ? '' : 'appendonly is not yes',
      said.get('appendfsync') === 'always' ? '' : `appendfsync is ${said.get('appendfsync') ?? 'unknown'}, not always`,
      said.get('maxmemory-policy') === 'noeviction' ? '' : 'maxmemory-policy is not noeviction',
    ].filter((problem) => problem !== '');
    if (weak.length > 0) throw new Error(`durability: weaker; ${weak.join(', ')}`);
    return 'durability: always';
  };

  const mysql = async (): Promise<string> => {
    await db.$queryRaw`SELECT 1`;
    return 'answers';
  };

  const worker = async (): Promise<string> => {
    const beat = await connected().get(heartbeatKey);
    if (beat === null) throw new Error('no worker has been seen');
    const ageMs = clock.nowMs() - Number(beat);
    if (ageMs > heartbeatAgeMaxMs) throw new Error(`the last heartbeat was ${Math.round(ageMs / 1_000)} s ago`);
    return 'alive';
  };

  const outbox = async (): Promise<string> => {
    const waiting = (await rounds()).map((round) => round.outbox);
    const claims = waiting.reduce((sum, { claims }) => sum + claims, 0);
    const oldestAtMs = Math.min(...waiting.map(({ oldestAtMs }) => oldestAtMs ?? Infinity));
    const ageMs = claims === 0 ? 0 : clock.nowMs() - oldestAtMs;
    const detail = `${claims} claims wait for MySQL, the oldest for ${Math.round(ageMs / 1_000)} s`;
    if (ageMs > outboxAgeMaxMs) throw new Error(detail);
    return detail;
  };

  const lostGates = async (): Promise<string> => {
    const lost = (await rounds()).filter((round) => round.lost).map(({ event }) => event.eventId);
    if (lost.length > 0) throw new Error(`${lost.length} lost: ${lost.slice(0, 10).join(', ')}`);
    return 'none';
  };

  const setAside = async (): Promise<string> => {
    const hit = (await rounds()).filter((round) => round.setAside > 0);
    if (hit.length === 0) return 'none';
    const claims = hit.reduce((sum, round) => sum + round.setAside, 0);
    const events = hit.slice(0, 10).map(({ event }) => event.eventId);
    throw new Error(`MySQL could not take ${claims} claims; see claim_faults for ${events.join(', ')}`);
  };

  return {
    rounds,
    check: () =>
      Promise.all([
        run('redis', true, redisCheck),
        run('durability', false, durability),
        run('mysql', false, mysql),
        run('worker', false, worker),
        run('outbox', false, outbox),
        run('lost_gates', false, lostGates),
        run('set_aside', false, setAside),
      ]),
  };
}

async function run(name: string, required: boolean, ask: () => Promise<string>): Promise<HealthCheck> {
  const { promise: limit, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${checkLimitMs} ms`)), checkLimitMs);
  try {
    return { name, ok: true, required, detail: await Promise.race([ask(), limit]) };
  } catch (err) {
    return { name, ok: false, required, detail: err instanceof Error ? err.message : String(err) };
  } finally {
    clearTimeout(timer);
  }
}

/** CONFIG GET replies name, value, name, value, ... */
function settingsOf(reply: unknown): Map<string, string> {
  const flat = Array.isArray(reply) ? reply.map(String) : Object.entries(reply as Record<string, string>).flat();
  return new Map(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? ''] as const] : [])));
}
