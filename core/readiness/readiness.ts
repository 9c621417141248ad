import { within } from '../runtime/within.ts';
import type { Health, HealthCheck } from './health.ts';

export type Readiness = { ready: boolean; checks: HealthCheck[] };

/** Limits the checks as a whole. Each has a short limit of its own; this one catches a check that exceeds it. */
const answerMs = 1_800;

/**
 * A process's answer at `/readyz`: ready while every required check is ok and it is not shutting down. Answers within 2
 * s whatever the checks do; concurrent callers share one run.
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
 * The answer at `/readyz/process`, for probes that ask every pod of a fleet every few seconds. A process is ready once
 * it has reached Redis, until it is told to stop. The answer asks no store, so it costs nothing. An outage of a store
 * that all processes share does not take all of them out of service, because their own answers are better than those of
 * a load balancer without any process.
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
