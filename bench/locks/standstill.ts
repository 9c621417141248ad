import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTokenMint } from '../../core/access/mint-token.ts';
import { listClaims } from '../../core/claims/claim-rows.ts';
import { lockKey } from '../../core/redis/keys.ts';
import { createApiClient } from '../../proof/flash-sale/api-client.ts';
import { monotonicMs } from '../../proof/flash-sale/monotonic.ts';
import { waitUntil } from '../../scripts/waiting/wait-until.ts';
import type { BenchApi, BenchSystem } from '../system/bench-system.ts';
import { writeRequestFile } from '../wrk/request-file.ts';
import { runWrk } from '../wrk/wrk.ts';
import type { LockStrategy } from './lock-strategies.ts';

/** How long an event stood still after the API process that had its lock was killed or stopped. */
export type Standstill = {
  strategy: LockStrategy;
  /** LOCK_LEASE_MS, or null if the lock has no lease. */
  leaseMs: number | null;
  holder: 'killed' | 'stopped';
  /** How long the process was stopped. Null if it was killed. */
  stoppedForMs: number | null;
  /** For each repeat, the time until another API process issued a claim. */
  stoodStillMs: number[];
  /** The errors of the repeats that have no time. */
  withheld: string[];
};

export type StandstillPlan = { leases: { strategy: LockStrategy; leaseMs: number | null }[]; repeats: number };

/** How much longer than the lease a process is stopped. */
const beyondLeaseMs = 1_500;
/** How long a process is stopped if the lock has no lease. */
const stopMs = 2_500;
/** How long the load runs before the first attempt to stop a process while it has the lock. */
const loadedMs = 700;
const loadSeconds = 30;
/** The number of claims, which is more than any lock can serve during the load. */
const users = 30_000;
const recoveryLimitMs = 30_000;
const holderLimitMs = 10_000;

/** Kills and stops API processes while they have an event's lock, and calls another process until it issues a claim. */
export async function measureStandstills(
  system: BenchSystem,
  { leases, repeats }: StandstillPlan,
  say: (line: string) => void,
): Promise<Standstill[]> {
  const found: Standstill[] = [];
  for (const { strategy, leaseMs } of leases) {
    const env = leaseMs === null ? {} : { LOCK_LEASE_MS: String(leaseMs) };
    const witness = await system.startApi('witness', 'api/main.ts', { env });
    const begun = (holder: Standstill['holder'], forMs: number | null): Standstill => {
      return { strategy, leaseMs, holder, stoppedForMs: forMs, stoodStillMs: [], withheld: [] };
    };
    const [stopped, killed] = [
      begun('stopped', leaseMs === null ? stopMs : leaseMs + beyondLeaseMs),
      begun('killed', null),
    ];
    for (let repeat = 1; repeat <= repeats; repeat += 1) {
      for (const standstill of [stopped, killed]) {
        const name = `${strategy} ${leaseMs ?? 'no'} ${standstill.holder} ${repeat}`;
        try {
          standstill.stoodStillMs.push(await standStill(system, witness, name, env, standstill));
        } catch (err) {
          // The other repeats go on; the page shows the error.
          standstill.withheld.push(`${name}: ${err instanceof Error ? err.message : String(err)}`);
        }
      }
    }
    await witness.process.stop(15_000);
    for (const { holder, stoodStillMs } of [stopped, killed]) {
      const times = stoodStillMs.map((ms) => Math.round(ms)).join(', ');
      say(`  ${strategy.padEnd(16)} lease ${leaseMs ?? 'none'}, holder ${holder}: stood still for ${times} ms`);
    }
    found.push(stopped, killed);
  }
  return found;
}

async function standStill(
  system: BenchSystem,
  witness: BenchApi,
  name: string,
  env: Record<string, string>,
  { strategy, stoppedForMs }: Standstill,
): Promise<number> {
  const victim = await system.startApi('victim', 'api/main.ts', { env });
  const event = await system.createEvent({ name, stock: 1_000_000, strategy });
  const path = join(system.dir, 'standstill.requests');
  const { authSecret } = system;
  const requests = await writeRequestFile({ path, count: users, crowd: 'victim', eventId: event.id, authSecret });
  const { promise: over, resolve: endLoad } = Promise.withResolvers<void>();
  const load = runWrk(victim.url, { seconds: loadSeconds, requests, until: over });
  try {
    await sleep(loadedMs);
    // Lets the witness, the other process, serve the event once before it is timed, so that its code is warm.
    await untilIssued(system, witness, event.id, 'before');
    await stopWhileHolding(system, victim, event.id, strategy);
    const sinceMs = monotonicMs();
    if (stoppedForMs === null) victim.process.signal('SIGKILL');
    const goOn = stoppedForMs === null ? undefined : setTimeout(() => victim.process.signal('SIGCONT'), stoppedForMs);
    const decidedAtMs = await untilIssued(system, witness, event.id, 'after');
    clearTimeout(goOn);
    victim.process.signal('SIGCONT');
    endLoad();
    await load;
    await victim.process.stop(15_000);
    await requireExact(system, event);
    return decidedAtMs - sinceMs;
  } finally {
    endLoad();
    await load.catch(() => undefined);
    await victim.process.stop(15_000);
    await requests.remove();
    await system.closeEvent(event.id);
  }
}

/** Sends claims, each for the next user, until one is issued. */
async function untilIssued(
  { authSecret }: BenchSystem,
  api: BenchApi,
  eventId: string,
  crowd: string,
): Promise<number> {
  const mint = createTokenMint(authSecret);
  let user = 0;
  return waitUntil(
    async () => {
      const client = createApiClient(api.url, mint({ sub: `${crowd}-${user}` }, 3_600_000, Date.now()));
      user += 1;
      const outcome = await client.claim.submit.mutate({ eventId }).catch(() => null);
      return outcome?.status === 'issued' && monotonicMs();
    },
    {
      limitMs: recoveryLimitMs,
      everyMs: 0,
      late: () => `nothing was issued within ${recoveryLimitMs / 1_000} s`,
    },
  );
}

/**
 * Stops the process at a moment when it has the lock. If a stopped process does not have the lock, lets it continue and
 * tries again.
 */
async function stopWhileHolding(
  system: BenchSystem,
  victim: BenchApi,
  eventId: string,
  strategy: LockStrategy,
): Promise<void> {
  await waitUntil(
    async () => {
      victim.process.signal('SIGSTOP');
      // After this time, Redis and MySQL have run the commands that the process had sent, so the lock can't change
      // hands.
      await sleep(5);
      if (await isHeld(system, eventId, strategy)) return true;
      victim.process.signal('SIGCONT');
      await sleep(Math.random() * 20);
      return false;
    },
    { limitMs: holderLimitMs, everyMs: 0, late: () => 'the process was never stopped while it held the lock' },
  );
}

/** Whether the stopped process has the lock. No other process asks for the lock at this time. */
async function isHeld({ redis, db }: BenchSystem, eventId: string, strategy: LockStrategy): Promise<boolean> {
  switch (strategy) {
    case 'redis-lock':
    case 'redis-spin-lock':
      return (await redis.exists(lockKey(eventId))) === 1;
    case 'db-lock': {
      const open = db.$queryRaw<Count[]>`
        SELECT COUNT(*) AS found FROM information_schema.INNODB_TRX WHERE trx_rows_locked > 0`;
      return isAny(await open);
    }
    case 'db-named-lock': {
      // Both connections belong to the stopped process: if one waits for the lock, the other one has it.
      const waiting = db.$queryRaw<Count[]>`
        SELECT COUNT(*) AS found FROM information_schema.PROCESSLIST WHERE STATE = 'User lock'`;
      return isAny(await waiting);
    }
  }
}

type Count = { found: bigint | number };

const isAny = ([row]: Count[]): boolean => Number(row?.found ?? 0) > 0;

/** Checks that the serials have no gap, and that the claim times never decrease. */
async function requireExact({ db }: BenchSystem, { id, round }: { id: string; round: number }): Promise<void> {
  let before = { serial: 0, claimedAtMs: 0 };
  for (;;) {
    const page = await listClaims(db, { eventId: id, round, afterSerial: before.serial, limit: 1_000 });
    for (const claim of page) {
      if (claim.serial !== before.serial + 1) throw new Error(`serial ${claim.serial} after ${before.serial}`);
      if (claim.claimedAtMs < before.claimedAtMs)
        throw new Error(`serial ${claim.serial} has an earlier time than serial ${before.serial}`);
      before = claim;
    }
    if (page.length === 0) return;
  }
}
