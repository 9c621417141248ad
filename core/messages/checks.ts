/** How far a clock is ahead of Redis's, and by how much that measurement may be wrong. */
type Gap = { clock: 'mysql' | 'host' | 'worker'; aheadMs: number; unsureMs: number };

const clockNames: Record<Gap['clock'], string> = { mysql: 'MySQL', host: 'this host', worker: 'the worker' };

/**
 * What a readiness check finds (`check_...`), and what a person can do about it (`action_...`). Each entry has a code,
 * and makes an English sentence from its parameters.
 */
export const checks = {
  check_failed: ({ why }: { why: string }) => why,
  action_bring_back: ({ store }: { store: 'redis' | 'mysql' | 'any' }) =>
    store === 'any'
      ? 'Bring back the store that does not answer.'
      : `Bring ${store === 'redis' ? 'Redis' : 'MySQL'} back.`,
  action_repair: ({ eventId }: { eventId: string }) => `Run \`reconcile ${eventId}\`, then with --repair.`,

  // The opening.
  check_closed_since: ({ at }: { at: string }) => `closed since ${at}`,
  check_closed_by_operator: () => 'closed by an operator',
  action_reset: () => 'To sell again, reset it for another round.',
  check_waits_for_approval: ({ at, askedBy }: { at: string; askedBy: string | null }) =>
    `opens at ${at}, but waits for an approval${askedBy === null ? '' : ` (${askedBy} asked for it)`}`,
  action_approve: ({ eventId, version }: { eventId: string; version: number }) =>
    `Another admin has to run \`event approve ${eventId} --version ${version}\` before the opening.`,
  check_opens_paused: ({ at }: { at: string }) => `opens at ${at}, but is paused`,
  check_paused: () => 'paused',
  action_resume: ({ eventId }: { eventId: string }) => `Nothing is issued until you run \`event resume ${eventId}\`.`,
  check_opens: ({ at }: { at: string }) => `opens at ${at}`,
  check_open_since: ({ at }: { at: string }) => `open since ${at}`,

  // The gate.
  check_no_gate_needed: ({ strategy }: { strategy: string }) => `${strategy} needs no gate`,
  check_gate_there: () => 'its gate is in Redis',
  check_round_ended: () => 'the round has ended and left Redis',
  check_gate_lost: () => 'its gate is lost',
  check_after_approval: () => 'will be, once the event is approved',
  check_seeds_at: ({ at }: { at: string }) => `will be at ${at}`,
  check_seed_overdue: () => 'not yet, although it is due',
  action_see_worker: () => 'See `worker`. The first claim seeds it, so it still opens on time.',
  check_row_decides: ({ strategy }: { strategy: string }) => `with ${strategy}, MySQL's row decides`,
  check_gate_retired: () => 'retired',
  check_gate_lost_claims: () => 'lost: claims get 503 gate_lost',
  check_gate_later: () => 'will be made when the event is seeded',
  check_gate_agrees: () => 'agrees with the row',
  check_gate_unchecked: () =>
    'matches its row; Redis was restarted or promoted, so the first claim compares it with MySQL',

  // Claims on their way to MySQL.
  check_claims_unstored: ({ rounds }: { rounds: readonly { round: number; claims: number }[] }) =>
    `MySQL could not store some claims, and they are not settled: ${rounds.map(({ round, claims }) => `${claims} of round ${round}`).join(', ')}`,
  action_settle: ({ eventId }: { eventId: string }) =>
    `\`claims faults ${eventId}\` lists them. Restore or settle each.`,
  check_no_claim_waits: () => 'none waits',
  check_claims_wait: ({ claims }: { claims: number }) => `${claims} wait for MySQL`,
  check_worker_alive: () => 'alive',
  check_worker_away: ({ why }: { why: string }) => why,
  action_start_worker: () => 'Start a worker. Without one, claims are still accepted, but wait to be stored in MySQL.',

  // The stores.
  check_redis_hidden: () => 'it does not show its settings',
  action_ask_provider: () =>
    'Ask your provider whether Redis has an append-only file, an fsync at every write, and no eviction. Then set REDIS_DURABILITY to match the answer.',
  check_store_weak: ({ weaknesses }: { weaknesses: readonly string[] }) => weaknesses.join(', '),
  action_durable_redis: () => 'Use a Redis that keeps what it accepts, then set REDIS_DURABILITY.',
  action_set_redis: () => 'Set it with CONFIG SET, and also in Redis’s configuration file.',
  action_set_mysql: () => 'Set it in MySQL’s configuration.',
  check_replicas_few: ({ why }: { replicas: number; wanted: number; why: string }) => why,
  action_replicas: () => 'Bring the replicas back, or lower REDIS_REPLICA_ACKS.',
  check_redis_keeps: ({ attested }: { attested: string | null }) =>
    attested === null ? 'keeps what it accepts' : `keeps what it accepts, as REDIS_DURABILITY attests (${attested})`,
  check_redis_unwritten: () => 'could not write its file',
  action_look_at_disk: () => 'Look at Redis’s disk and log.',
  check_memory_unlimited: ({ neededMb }: { neededMb: number }) =>
    `no limit is set; the winners take about ${neededMb} MB`,
  check_memory: ({ freeMb, neededMb }: { freeMb: number; neededMb: number }) =>
    `${freeMb} MB free, about ${neededMb} MB needed`,
  action_raise_memory: () => 'Raise Redis’s maxmemory.',
  check_mysql_keeps: () => 'keeps what it commits',
  check_clocks: ({ gaps }: { gaps: readonly Gap[] }) => {
    const described = gaps.map(({ clock, aheadMs, unsureMs }) => {
      const unsure = unsureMs > 10 ? ` (give or take ${unsureMs} ms)` : '';
      return `${clockNames[clock]} is ${Math.abs(aheadMs)} ms ${aheadMs < 0 ? 'behind' : 'ahead'}${unsure}`;
    });
    return `compared with Redis, ${described.join(', ')}`;
  },
  action_ntp: () => 'Run NTP on every host.',
} as const;
