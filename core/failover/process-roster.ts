import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { LRUCache } from 'lru-cache';
import { say } from '../messages/message.ts';
import { processesKey, promisesKey, replicatedKey } from '../redis/keys.ts';
import { runIdKnown, type RedisLink } from '../redis/open-redis.ts';
import type { RedisLinks } from '../redis/redis-links.ts';
import { loadScript } from '../redis/script.ts';
import { Fault } from '../runtime/fault.ts';
import type { Logger } from '../runtime/log.ts';
import { judgeCoverage, type Coverage, type UncheckedGate } from './coverage.ts';
import { OtherProcesses, left } from './other-processes.ts';
import { parseRecord, type ProcessRecord } from './process-record.ts';
import type { Promises } from './promises.ts';

const sayAliveScript = loadScript(new URL('./lua/say-alive.lua', import.meta.url));

/** How often a process checks whether it is connected to a different Redis. */
const tickMs = 500;
/** How often a process records that it is alive, and looks for other processes. */
const beatMs = 1_000;
/**
 * If a process has not recorded for this long that it is alive, it promises nothing until its next record. Shorter than
 * `goneAfterMs`, so that a process stops promising before other processes believe that it is gone.
 */
const silentMaxMs = 30_000;
/**
 * If nobody has asked about an untrusted gate for this long, the next question counts as finding the gate anew. While a
 * gate is untrusted, calls or the sweep ask about it several times a second.
 */
const findingHoldsMs = 15_000;
/**
 * If there are more gates than this, those that were asked about longest ago are dropped. If somebody asks about such a
 * gate again, other processes get time to answer again.
 */
const findingsMax = 10_000;
/**
 * For this long after a process saw replicas at this Redis, this Redis counts as having replicas. This time matters
 * only for a server that was restarted after its promotion: a promoted replica, and a primary that has had a replica
 * since its start, are recognized without it.
 */
const replicatedForMs = 3_600_000;
/** Checks of several events at the same time share one read of the records. */
const lookHoldsMs = 100;

/** What is known about a gate after a failover. */
export type CoverageNow = Coverage & {
  /** How long this process has known the Redis that the gate is in. */
  knownForMs: number;
  /** Whether a promoted replica may have replaced this Redis's primary. */
  replicated: boolean;
};

/**
 * The processes that may have promised claims. Each process enters itself in Redis before its first promise, and
 * remembers which other processes it saw there. After a failover, each process puts on record what it promised.
 */
export type ProcessRoster = {
  /** The name of this process. */
  name(): string;
  /** Whether this process may promise what the Redis with this id decides. Costs two comparisons. */
  mayPromise(runId: string): boolean;
  /**
   * Whether this process is on record in the Redis with this id, no matter how long ago it last recorded that it is
   * alive.
   */
  isOnRecord(runId: string): boolean;
  /** Puts this process on record in the Redis that it is connected to. Throws `unavailable`. */
  enter(): Promise<void>;
  /**
   * Whether this process is known to have entered itself in the primary, and not in a server that a replica had
   * replaced. If so, the other processes know this process, and wait for it after a failover.
   */
  isVouchedFor(): boolean;
  /** Records that this process has entered itself in the primary, and not in a server that a replica had replaced. */
  vouch(): void;
  /** Judges a gate that is not trusted under `runId` yet. Throws if Redis does not answer. */
  coverage(gate: UncheckedGate, runId: string): Promise<CoverageNow>;
  /** The processes that are gone without having shut down cleanly. */
  gone(): string[];
  /**
   * Records that this process has taken over the promises of `processes`, except those for `exceptEvents`. A process is
   * forgotten once nothing is left to take over from it.
   */
  settle(processes: readonly string[], exceptEvents: readonly string[]): Promise<void>;
  /** Puts on record what this process promised, and that it will promise no more. */
  leave(): Promise<void>;
};

type RosterOptions = {
  redis: RedisLinks;
  /** The clock of the primary that keeps the list of processes. */
  clock: { nowMs(): number };
  log: Logger;
  promises: Promises;
};

export const openProcessRoster = (options: RosterOptions): ProcessRoster => new Roster(options);

const newName = (): string => `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`;

class Roster implements ProcessRoster {
  readonly #redis: RedisLinks;
  readonly #clock: RosterOptions['clock'];
  readonly #log: Logger;
  readonly #promises: Promises;
  readonly #others: OtherProcesses;
  readonly #timer: NodeJS.Timeout;
  readonly #listensTo = new WeakSet<RedisLink>();
  #name = newName();
  /** When this process last took a new name. */
  #namedAt = -Infinity;
  #sequence = 0;
  #isVouchedFor = false;
  #onRecord = new Set<string>();
  #saidAliveAt = -Infinity;
  #entering: Promise<void> | null = null;
  #looking: { at: number; look: Promise<Look> } | null = null;
  #ticking = false;
  #closed = false;
  /** When this process first saw each Redis, by its id. */
  readonly #knownSince = new Map<string, number>();
  /**
   * Ids that a Redis server had before it was replaced. A server that still has one of these ids is no longer the
   * primary.
   */
  readonly #abandoned = new Set<string>();
  /** If Redis has several primaries: where and when untrusted gates were found. */
  readonly #findings = new LRUCache<string, Finding>({ max: findingsMax });

  constructor({ redis, clock, log, promises }: RosterOptions) {
    this.#redis = redis;
    this.#clock = clock;
    this.#log = log;
    this.#promises = promises;
    this.#others = new OtherProcesses(promises);
    this.#timer = setInterval(() => void this.#tick(), tickMs).unref();
    this.#listen();
  }

  name(): string {
    return this.#name;
  }

  mayPromise(runId: string): boolean {
    return this.#onRecord.has(runId) && performance.now() - this.#saidAliveAt < silentMaxMs;
  }

  isOnRecord(runId: string): boolean {
    return this.#onRecord.has(runId);
  }

  isVouchedFor(): boolean {
    return this.#isVouchedFor;
  }

  vouch(): void {
    this.#isVouchedFor = true;
  }

  enter(): Promise<void> {
    this.#entering ??= this.#enter().finally(() => {
      this.#entering = null;
    });
    return this.#entering;
  }

  async coverage(gate: UncheckedGate, runId: string): Promise<CoverageNow> {
    if (!this.mayPromise(runId)) await this.enter();
    const { processes, records, replicated } = await this.#look();
    const found = this.#find(gate, runId, records);
    const isFresh = (process: string, { sequence }: ProcessRecord): boolean =>
      found === null || sequence > (found.sequences.get(process) ?? 0);
    const coverage = judgeCoverage({ processes, records }, gate, runId, isFresh);
    const since = Math.max(this.#since(runId), found?.at ?? 0);
    return { ...coverage, replicated, knownForMs: performance.now() - since };
  }

  gone(): string[] {
    return this.#others.gone(this.#clock.nowMs());
  }

  async settle(processes: readonly string[], exceptEvents: readonly string[]): Promise<void> {
    if (processes.length === 0 && this.#others.leftHere().length === 0) return;
    for (const process of processes) this.#others.settle(process, exceptEvents);
    // Put this on record before forgetting those processes, so that at every moment some process answers for their
    // promises.
    await this.enter();
    const over = processes.length > 0 && exceptEvents.length === 0 ? [...processes] : [];
    over.push(...this.#others.leftHere());
    if (over.length === 0) return;
    const { client } = this.#redis.system;
    await client
      .multi()
      .hdel(processesKey, ...over)
      .hdel(promisesKey, ...over)
      .exec();
    this.#log.info({ event: 'processes_settled', processes: over }, 'took over the promises of processes that ended');
  }

  async leave(): Promise<void> {
    clearInterval(this.#timer);
    await this.#entering?.catch(() => undefined);
    this.#closed = true;
    this.#onRecord = new Set();
    const ids = this.#ids();
    if (this.#redis.system.runId() === undefined) return;
    await this.#write(ids, true).catch((err: unknown) => {
      this.#log.debug({ event: 'roster_failed', err }, 'this process could not record that it has stopped');
    });
  }

  async #enter(): Promise<void> {
    const ids = this.#ids();
    if (this.#closed || ids.length === 0) throw new Fault('unavailable', say('redis_unreachable'));
    if (ids.some((id) => this.#abandoned.has(id))) {
      throw new Fault('unavailable', say('redis_replaced'));
    }
    const sentAt = performance.now();
    this.#renameIfSilent(sentAt);
    await this.#write(ids, false);
    // By now the connection may lead to a different Redis.
    const now = this.#ids();
    if (ids.some((id) => !now.includes(id))) throw new Fault('unavailable', say('redis_failing_over'));
    this.#saidAliveAt = sentAt;
    this.#abandonAllBut(ids);
    // This process may also promise what a server decided under an earlier id, because the server still has that data.
    this.#onRecord = new Set([...ids, ...this.#redis.all().flatMap((link) => link.earlierIds())]);
  }

  /**
   * Takes a new name if this process was silent for so long that other processes may have taken over the promises that
   * it made under the old name. If Redis did not acknowledge the new name, Redis may still have recorded it, so the new
   * name expires like any other. Until it expires, each try uses that name again, so that a process that is cut off
   * does not take another name at each try.
   */
  #renameIfSilent(nowMs: number): void {
    const usedAt = Math.max(this.#saidAliveAt, this.#namedAt);
    if (this.#sequence === 0 || nowMs - usedAt < silentMaxMs) return;
    this.#others.settle(this.#name, []);
    this.#name = newName();
    this.#namedAt = nowMs;
    this.#isVouchedFor = false;
  }

  /**
   * With a single server, an earlier id never comes back, so it is abandoned. With several primaries, no id is
   * abandoned, because a primary may be unreachable only for a while.
   */
  #abandonAllBut(ids: readonly string[]): void {
    if (this.#redis.all().length > 1) return;
    for (const id of this.#onRecord) if (!ids.includes(id)) this.#abandoned.add(id);
  }

  #ids(): string[] {
    return this.#redis.all().flatMap((link) => link.runId() ?? []);
  }

  #since(runId: string): number {
    const since = this.#knownSince.get(runId) ?? performance.now();
    this.#knownSince.set(runId, since);
    return since;
  }

  async #write(ids: string[], leaving: boolean): Promise<void> {
    const links = this.#redis.all();
    const promised = this.#promises.all();
    const homes = links.length === 1 ? [] : Object.keys(promised);
    const record: ProcessRecord = {
      ...{ sequence: (this.#sequence += 1), ids, left: leaving, promised },
      earlierIds: links.flatMap((link) => link.earlierIds()),
      earlierIdsOf: Object.fromEntries(links.map((link) => [link.runId() ?? '', link.earlierIds()])),
      homes: Object.fromEntries(homes.map((eventId) => [eventId, this.#redis.of(eventId).runId() ?? ''])),
      others: this.#others.names(),
      settled: this.#others.settled(),
    };
    await this.#say(leaving ? left : this.#clock.nowMs(), JSON.stringify(record));
  }

  async #say(alive: number | string, record = ''): Promise<void> {
    const links = this.#redis.all();
    const replicated = links.some((link) => link.replicas() > 0) ? this.#clock.nowMs() : '';
    const keys = [processesKey, promisesKey, replicatedKey];
    await sayAliveScript(this.#redis.system.client, keys, [this.#name, alive, record, replicated]);
  }

  /** Ticks as soon as a Redis's id is known, because other processes wait for this process after a failover. */
  #listen(): void {
    for (const link of this.#redis.all()) {
      if (this.#listensTo.has(link)) continue;
      this.#listensTo.add(link);
      link.client.on(runIdKnown, () => void this.#tick());
    }
  }

  async #tick(): Promise<void> {
    this.#listen();
    if (this.#ticking || this.#closed || this.#redis.system.runId() === undefined) return;
    this.#ticking = true;
    try {
      const ids = this.#ids();
      for (const id of ids) this.#since(id);
      const due = performance.now() - this.#saidAliveAt >= beatMs;
      const isOnRecord = ids.every((id) => this.mayPromise(id));
      // With several primaries, an event can move between two of them, so every beat puts on record what was promised.
      if (!isOnRecord || (due && this.#redis.all().length > 1)) await this.enter();
      else if (due) await this.#beat();
      if (due) await this.#lookAround();
    } catch (err) {
      this.#log.debug({ event: 'roster_failed', err }, 'this process could not record that it is alive');
    } finally {
      this.#ticking = false;
    }
  }

  async #beat(): Promise<void> {
    const sentAt = performance.now();
    await this.#say(this.#clock.nowMs());
    this.#saidAliveAt = sentAt;
  }

  /** Remembers the other processes, because a stale replica may not know them. */
  async #lookAround(): Promise<Record<string, string>> {
    const { system } = this.#redis;
    const under = system.runId();
    const entered = await system.client.hgetall(processesKey);
    const stopped = this.#others.unreadAmong(entered);
    const texts = stopped.length === 0 ? [] : await system.client.hmget(promisesKey, ...stopped);
    if (under === undefined || under !== system.runId()) return entered;
    const records = new Map(stopped.map((process, i) => [process, parseRecord(texts[i])]));
    this.#others.saw(under, entered, records, this.#name);
    return entered;
  }

  #look(): Promise<Look> {
    const now = performance.now();
    if (this.#looking !== null && now - this.#looking.at < lookHoldsMs) return this.#looking.look;
    const look = this.#lookAtRecords();
    this.#looking = { at: now, look };
    look.catch(() => {
      if (this.#looking?.look === look) this.#looking = null;
    });
    return look;
  }

  async #lookAtRecords(): Promise<Look> {
    const { client } = this.#redis.system;
    const entered = await this.#lookAround();
    const [texts, noted] = await Promise.all([client.hgetall(promisesKey), client.get(replicatedKey)]);
    const records = new Map<string, ProcessRecord>();
    for (const [process, text] of Object.entries(texts)) {
      const record = parseRecord(text);
      if (record !== null) records.set(process, record);
    }
    return {
      processes: new Set([...Object.keys(entered), ...this.#others.names(), this.#name]),
      records,
      replicated:
        this.#clock.nowMs() - Number(noted ?? 0) < replicatedForMs ||
        this.#redis.all().some((link) => link.isReplicated()),
    };
  }

  /**
   * If Redis has several primaries, an event may move between two of them while a process stays connected to both. In
   * that case, a record counts only if it was written after the gate was found on this primary. The time that other
   * processes get to answer starts at that moment. Null with a single primary, because its id changes with every
   * failover, so a record that names the id is new enough.
   */
  #find({ eventId }: UncheckedGate, runId: string, records: ReadonlyMap<string, ProcessRecord>): Finding | null {
    if (this.#redis.all().length === 1) return null;
    const now = performance.now();
    const key = `${eventId} ${runId}`;
    let found = this.#findings.get(key);
    // Nobody asks about a trusted gate. So if nobody has asked about this gate for `findingHoldsMs`, the event was on a
    // different primary in between.
    if (found === undefined || now - found.askedAt > findingHoldsMs) {
      const sequences = new Map([...records].map(([process, { sequence }]) => [process, sequence]));
      found = { at: now, askedAt: now, sequences };
      this.#findings.set(key, found);
    }
    found.askedAt = now;
    return found;
  }
}

/**
 * When a gate was found on a primary where it had not been before, when somebody last asked about it, and which records
 * existed when it was found.
 */
type Finding = { at: number; askedAt: number; sequences: ReadonlyMap<string, number> };

type Look = { processes: Set<string>; records: Map<string, ProcessRecord>; replicated: boolean };
