import { engineOf } from '../engines/engines.ts';
import { listOpenFaults } from '../claims/claim-faults.ts';
import type { EventRow } from '../events/event-rows.ts';
import { eventPhase } from '../events/phase.ts';
import { findConfigDrift } from '../reconcile/config-drift.ts';
import type { Stores } from '../stores/stores.ts';
import { alarmingFaults } from './alarm.ts';
import { describeGaps, isTooFar } from './clock-gaps.ts';
import { probe } from './probe.ts';
import { mysqlWeaknesses, redisHeadroom, redisWeaknesses } from './store-settings.ts';
import { expectWorker } from './worker-beat.ts';

/**
 * One thing that an opening needs. `waiting`: it is not so yet, and will be without anybody's doing. `action` is what a
 * person can do about it; null where that is nothing.
 */
export type ReadinessCheck = {
  name: 'opening' | 'seeded' | 'gate' | 'worker' | 'redis' | 'memory' | 'mysql' | 'clocks' | 'claims';
  state: 'ok' | 'waiting' | 'problem';
  detail: string;
  action: string | null;
};

/** Whether an event is ready for its crowd: armed is seeded, with every check ok. A closed event is not armed. */
export type EventReadiness = { armed: boolean; checks: ReadinessCheck[] };

type Said = Omit<ReadinessCheck, 'name'>;

const ok = (detail: string): Said => ({ state: 'ok', detail, action: null });
const waiting = (detail: string): Said => ({ state: 'waiting', detail, action: null });
const problem = (detail: string, action: string): Said => ({ state: 'problem', detail, action });

/** Looks at everything that the event's opening, or its sale, needs. Answers within about a second; never throws. */
export async function eventReadiness(stores: Stores, event: EventRow): Promise<EventReadiness> {
  const { db, redis, clock, seedLeadMs } = stores;
  const { eventId, roundRow, strategy } = event;
  const engine = engineOf(strategy);
  const nowMs = clock.nowMs();
  const repair = `Run \`reconcile ${eventId}\`, then with --repair.`;

  const asked = async (
    name: ReadinessCheck['name'],
    ask: () => Promise<Said>,
    action: string,
  ): Promise<ReadinessCheck> => {
    const { promise, resolve } = Promise.withResolvers<Said>();
    const { ok: answered, detail } = await probe(async () => {
      resolve(await ask());
      return '';
    });
    return { name, ...(answered ? await promise : problem(detail, action)) };
  };
  const connected = () => {
    if (redis.runId() === undefined) throw new Error(redis.whyNot());
    return redis.client;
  };

  const opening = (): Promise<Said> => {
    const { opensAtMs, closesAtMs, paused, closedAtMs, needsApproval, approvalAskedBy } = roundRow;
    const phase = eventPhase({ ...roundRow, closed: closedAtMs !== null, issued: 0 }, nowMs);
    const at = new Date(opensAtMs).toISOString();
    if (phase === 'closed') {
      const how = closedAtMs === null ? `since ${new Date(closesAtMs ?? nowMs).toISOString()}` : 'by an operator';
      return Promise.resolve(problem(`closed ${how}`, 'Reset it for another round, if it is to sell again.'));
    }
    if (needsApproval) {
      const asked = approvalAskedBy === null ? '' : ` (${approvalAskedBy} asked for it)`;
      const action = `Another admin: \`event approve ${eventId} --version ${event.version}\`, before the opening.`;
      return Promise.resolve(problem(`opens at ${at}, and waits for an approval${asked}`, action));
    }
    if (paused) {
      const when = phase === 'scheduled' ? `opens at ${at}, and is paused` : 'paused';
      return Promise.resolve(problem(when, `Nothing is issued until \`event resume ${eventId}\`.`));
    }
    return Promise.resolve(ok(phase === 'scheduled' ? `opens at ${at}` : `open since ${at}`));
  };

  const seeded = async (): Promise<Said> => {
    const { seededAtMs, opensAtMs, needsApproval } = roundRow;
    const check = await engine.readGateCheck(stores, event);
    if (seededAtMs !== null && check.kind === 'not_needed') return ok(`${strategy} needs no gate`);
    if (seededAtMs !== null && (await engine.readGate(stores, eventId)) !== null) return ok('its gate is in Redis');
    if (check.kind === 'retired') return ok('the round has ended and left Redis');
    if (check.kind === 'lost') return problem('its gate is lost', repair);
    if (needsApproval) return waiting('is seeded when it is approved');
    const dueAtMs = opensAtMs - seedLeadMs;
    if (nowMs < dueAtMs) return waiting(`will be at ${new Date(dueAtMs).toISOString()}`);
    return problem(
      'not yet, though it is due',
      'See `worker`. Whoever claims first seeds it, so it opens on time even so.',
    );
  };

  const gate = async (): Promise<Said> => {
    const [check, differences] = await Promise.all([
      engine.readGateCheck(stores, event),
      findConfigDrift(stores, eventId),
    ]);
    switch (check.kind) {
      case 'not_needed':
        return ok(`${strategy} is decided by MySQL’s row`);
      case 'retired':
        return ok('retired');
      case 'lost':
        return problem('lost: claims answer 503 gate_lost', repair);
      case 'waiting':
      case 'there':
        if (differences.length > 0) return problem(differences.join('; '), repair);
        if (check.kind === 'waiting') return waiting('is made when the event is seeded');
        return check.trusted
          ? ok('says what the row says')
          : waiting('matches its row; Redis was restarted or promoted, so the first claim compares it with MySQL');
    }
  };

  const redisSettings = async (): Promise<Said> => {
    const weak = await redisWeaknesses(connected());
    if (weak === null) {
      return problem(
        'it does not show its settings',
        'Ask your provider: append-only file, fsync at every write, no eviction.',
      );
    }
    if (weak.length > 0) return problem(weak.join(', '), 'Set it with CONFIG SET, and in its configuration file.');
    const { writes } = await redisHeadroom(connected());
    return writes ? ok('keeps what it accepts') : problem('could not write its file', 'Look at its disk and its log.');
  };

  const memory = async (): Promise<Said> => {
    const { freeBytes } = await redisHeadroom(connected());
    const needed = engine.memoryBytes(event);
    const mb = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
    if (freeBytes === null) return ok(`no limit is set; the winners take about ${mb(needed)}`);
    if (freeBytes > needed) return ok(`${mb(freeBytes)} free, about ${mb(needed)} needed`);
    return problem(`${mb(freeBytes)} free, about ${mb(needed)} needed`, 'Raise Redis’s maxmemory.');
  };

  const mysqlSettings = async (): Promise<Said> => {
    const weak = await mysqlWeaknesses(db);
    return weak.length === 0
      ? ok('keeps what it commits')
      : problem(weak.join(', '), 'Set it in MySQL’s configuration.');
  };

  const clocks = async (): Promise<Said> => {
    connected();
    const gaps = await stores.clockGaps();
    const detail = describeGaps(gaps);
    return gaps.some(isTooFar) ? problem(detail, 'Run NTP on every host.') : ok(detail);
  };

  const claims = async (): Promise<Said> => {
    const [open, surveyed] = await Promise.all([
      listOpenFaults(db, eventId).catch(() => null),
      engine.survey(stores, event),
    ]);
    const faults = alarmingFaults(open ?? [], [surveyed]);
    if (faults.length > 0) {
      const rounds = faults.map(({ round, claims: count }) => `${count} of round ${round}`).join(', ');
      return problem(
        `MySQL could not store some claims, and they are not settled: ${rounds}`,
        `\`claims faults ${eventId}\` lists them. Restore or settle each.`,
      );
    }
    if (open === null) throw new Error('MySQL does not answer');
    const waits = surveyed.outbox.claims;
    return ok(waits === 0 ? 'none waits' : `${waits} wait for MySQL`);
  };

  const checks = await Promise.all([
    asked('opening', opening, ''),
    asked('seeded', seeded, 'Bring back the store that does not answer.'),
    asked('gate', gate, 'Bring back the store that does not answer.'),
    probe(() => expectWorker(connected(), nowMs)).then(({ ok: alive, detail }): ReadinessCheck => ({
      name: 'worker',
      ...(alive ? ok(detail) : problem(detail, 'Start a worker. Claims go on without one, and wait for MySQL.')),
    })),
    asked('redis', redisSettings, 'Bring Redis back.'),
    asked('memory', memory, 'Bring Redis back.'),
    asked('mysql', mysqlSettings, 'Bring MySQL back.'),
    asked('clocks', clocks, 'Bring back the store that does not answer.'),
    asked('claims', claims, 'Bring back the store that does not answer.'),
  ]);
  return { armed: checks.every(({ state }) => state === 'ok'), checks };
}
