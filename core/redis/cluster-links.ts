import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Logger } from '../runtime/log.ts';
import { within } from '../runtime/within.ts';
import { mergeViews, readClusterView, type ClusterMap } from './cluster-map.ts';
import { askCluster } from './find-cluster-master.ts';
import { slotCount, slotOfTag } from './key-slot.ts';
import { systemTag } from './keys.ts';
import { openRedis, type LinkOptions, type RedisLink } from './open-redis.ts';
import { showHost, type HostPort, type RedisAddress } from './redis-address.ts';
import type { RedisLinks } from './redis-links.ts';

type ClusterAddress = Extract<RedisAddress, { topology: 'cluster' }>;

/**
 * How often the slots are looked up: every `refreshEveryMs` while all is well, every `searchEveryMs` while a primary is
 * missing.
 */
const refreshEveryMs = 1_000;
const searchEveryMs = 200;
/** If a node does not answer within this time, its answer is not used. */
const viewLimitMs = 700;

/**
 * The links to a cluster's primaries. ioredis's own Cluster would send a command again, to a different node, after a
 * redirection or a lost connection. A promoted replica would then decide a claim that was meant for the previous
 * primary. Here a redirection makes the command fail, and the slots are looked up again.
 */
export const openClusterLinks = (
  address: ClusterAddress,
  connectionName: string,
  log: Logger,
  options: Pick<LinkOptions, 'unfenced'> = {},
): RedisLinks => new ClusterLinks(address, connectionName, log, options);

class ClusterLinks implements RedisLinks {
  readonly topology = 'cluster';
  readonly #address: ClusterAddress;
  readonly #connectionName: string;
  readonly #log: Logger;
  readonly #options: Pick<LinkOptions, 'unfenced'>;
  readonly #absent = absentLink(() => this.#masters[0]?.clock.nowMs() ?? Date.now());
  readonly #closeListeners = new Set<() => void>();
  /** The links, by the node's address. */
  #links = new Map<string, { node: HostPort; link: RedisLink }>();
  /** The links, by slot. */
  #bySlot: RedisLink[] = new Array<RedisLink>(slotCount).fill(this.#absent);
  #masters: readonly RedisLink[] = [];
  #trouble: string | null = 'Redis is not connected';
  #refreshing: Promise<void> | null = null;
  #again = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(address: ClusterAddress, connectionName: string, log: Logger, options: Pick<LinkOptions, 'unfenced'>) {
    [this.#address, this.#connectionName, this.#log, this.#options] = [address, connectionName, log, options];
    void this.#refresh();
  }

  of(eventId: string): RedisLink {
    return this.#bySlot[slotOfTag(eventId)] ?? this.#absent;
  }

  get system(): RedisLink {
    return this.of(systemTag);
  }

  all(): readonly RedisLink[] {
    return this.#masters;
  }

  missing(): string | null {
    if (this.#trouble !== null) return this.#trouble;
    const away = this.#masters.filter((link) => link.runId() === undefined);
    if (away.length === 0) return null;
    return away.map((link) => `${link.where()}: ${link.whyNot()}`).join('; ');
  }

  onClose(listener: () => void): () => void {
    this.#closeListeners.add(listener);
    return () => void this.#closeListeners.delete(listener);
  }

  async waitForReady(limitMs: number): Promise<boolean> {
    const untilMs = performance.now() + limitMs;
    const left = (): number => untilMs - performance.now();
    while (this.missing() !== null && left() > 0 && !this.#closed) {
      if (this.#refreshing !== null) await within(left(), this.#refreshing, () => undefined);
      const ready = await Promise.all(this.#masters.map((link) => link.waitForReady(Math.max(0, left()))));
      if (this.missing() === null) break;
      // No primary is known yet, or a known primary is gone.
      if (ready.length === 0 || ready.every(Boolean)) await sleep(Math.max(0, Math.min(searchEveryMs, left())));
    }
    return this.missing() === null;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#refreshing;
    await Promise.all([...this.#links.values()].map(({ link }) => link.close()));
  }

  /** Looks the slots up now. A call during a look-up starts another look-up afterwards. Never throws. */
  #refresh = (): Promise<void> => {
    if (this.#closed) return Promise.resolve();
    if (this.#refreshing !== null) {
      this.#again = true;
      return this.#refreshing;
    }
    clearTimeout(this.#timer);
    this.#again = false;
    this.#refreshing = this.#lookUp().finally(() => {
      this.#refreshing = null;
      if (this.#closed) return;
      const soon = this.#again || this.missing() !== null;
      this.#timer = setTimeout(() => void this.#refresh(), soon ? searchEveryMs : refreshEveryMs).unref();
    });
    return this.#refreshing;
  };

  async #lookUp(): Promise<void> {
    try {
      this.#apply(await this.#readMap());
    } catch (err) {
      const why = err instanceof Error ? err.message : String(err);
      if (this.#trouble !== why) this.#log.warn({ event: 'redis_topology', err }, 'no node of the cluster answers');
      this.#trouble = why;
    }
  }

  /** Asks the primaries that are connected. If none is, asks the nodes in the address. */
  async #readMap(): Promise<ClusterMap> {
    const asked = [...this.#links.values()].filter(({ link }) => link.client.status === 'ready');
    const views = await Promise.all(
      asked.map(({ node, link }) =>
        within(viewLimitMs, readClusterView(link.client, node), () => null).catch(() => null),
      ),
    );
    const heard = views.filter((view) => view !== null);
    return heard.length > 0 ? mergeViews(heard) : askCluster(this.#address);
  }

  #apply(map: ClusterMap): void {
    if (this.#closed) return;
    const links = new Map(
      map.masters.map((node) => {
        const at = showHost(node);
        return [at, this.#links.get(at) ?? { node, link: this.#open(node) }] as const;
      }),
    );
    const gone = [...this.#links].filter(([at]) => !links.has(at));
    const changed = gone.length > 0 || links.size !== this.#links.size;
    this.#links = links;
    this.#masters = [...links.values()].map(({ link }) => link);
    let unserved = 0;
    for (let slot = 0; slot < slotCount; slot += 1) {
      const owner = map.masterOf(slot);
      const link = owner === null ? undefined : links.get(showHost(owner))?.link;
      if (link === undefined) unserved += 1;
      this.#bySlot[slot] = link ?? this.#absent;
    }
    this.#trouble = unserved === 0 ? null : `${unserved} of ${slotCount} slots of the cluster have no primary`;
    if (changed) {
      this.#log.info({ event: 'redis_topology', masters: [...links.keys()] }, 'the cluster’s primaries have changed');
    }
    // A call that is using such a link gets an error, and its claim stays undecided.
    for (const [, { link }] of gone) void link.close();
  }

  #open(node: HostPort): RedisLink {
    const at = { address: this.#address, node };
    const link = openRedis(at, this.#connectionName, this.#log, {
      ...this.#options,
      onRedirect: () => void this.#refresh(),
    });
    link.client.on('close', () => {
      for (const listener of this.#closeListeners) listener();
      void this.#refresh();
    });
    return link;
  }
}

/** Stands in for a primary that is not known. Every command to it fails at once. */
function absentLink(nowMs: () => number): RedisLink {
  const client = new Redis({ lazyConnect: true, enableOfflineQueue: false });
  client.disconnect();
  return {
    client,
    runId: () => undefined,
    identify: () => Promise.resolve(undefined),
    whyNot: () => 'No primary of the Redis cluster is known for this key',
    earlierIds: () => [],
    isReplicated: () => false,
    replicas: () => 0,
    where: () => '',
    clock: { nowMs, stop: () => undefined },
    waitForReady: () => Promise.resolve(false),
    close: () => Promise.resolve(),
  };
}
