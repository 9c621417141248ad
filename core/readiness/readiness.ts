import { within } from '../runtime/within.ts';
import type { Health, HealthCheck } from './health.ts';

export type Readiness = { ready: boolean; checks: HealthCheck[] };

/** Limits the checks as a whole, in case one exceeds its own short limit. */
const answerMs = 1_800;

/**
 * A process's answer at `/readyz`: ready while every required check is ok and the process is not shutting down. Answers
 * within 2 s whatever the checks do; concurrent callers share one run.
 */
export function createReadiness(health: Health, isClosing: () => boolean): () => Promise<Readiness> {
  let underWay: Promise<HealthCheck[]> | undefined;
  const check = (): Promise<HealthCheck[]> => {
    underWay ??= checkInTime(health).finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
  return async () => {
    const checks = [...(await check())];
    if (isClosing()) checks.push(failed('process', 'is shutting down'));
    return { ready: checks.every(({ ok, required }) => ok || !required), checks };
  };
}

/**
 * The answer at `/readyz/process`, for probes that ask every pod of a fleet every few seconds: ready once the process
 * has reached Redis, until it has to stop. Asks no store, so it costs nothing. For the same reason, an outage of a
 * shared store does not remove every pod from the load balancer: a pod that answers 503 is better than no pod at all.
 */
export function createProcessReadiness(hasReachedRedis: () => boolean, isClosing: () => boolean): () => Readiness {
  let reached = false;
  const answer = (ok: boolean, detail: string): Readiness => ({
    ready: ok,
    checks: [{ name: 'process', ok, required: true, detail }],
  });
  return () => {
    if (isClosing()) return answer(false, 'is shutting down');
    reached ||= hasReachedRedis();
    return reached ? answer(true, 'runs') : answer(false, 'has not reached Redis since it started');
  };
}

async function checkInTime(health: Health): Promise<HealthCheck[]> {
  const late = () => [failed('health', `did not answer within ${answerMs} ms`)];
  try {
    return await within(answerMs, health.check(), late);
  } catch {
    return [failed('health', 'could not be checked')];
  }
}

const failed = (name: string, detail: string): HealthCheck => ({ name, ok: false, required: true, detail });
