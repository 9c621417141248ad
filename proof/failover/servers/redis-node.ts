import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { within } from '../../../core/runtime/within.ts';
import { findOrInstall } from '../../../scripts/services/binaries.ts';
import { type LocalService, startLocalService } from '../../../scripts/services/local-service.ts';
import { askRedis } from '../../../scripts/services/redis-server.ts';
import type { Host } from '../network/network.ts';

/** The password of every server, for the user `default`. */
export const password = 'test';

export type NodeOptions = {
  name: string;
  host: Host;
  /** The folder for the files of all servers of a run. */
  dir: string;
  /** Settings in the form of redis.conf. A setting with several values is written once for each value. */
  settings: Record<string, string>;
  sentinel?: boolean;
};

/** A server's report about itself: its role, the history to which its data belongs, and its offset in that history. */
export type NodeState = {
  name: string;
  /** `down` if the server does not answer. */
  role: 'master' | 'replica' | 'down';
  runId: string;
  replicationId: string;
  /**
   * The history that the server continued when it was promoted, and its offset at that moment. '' and -1 if it was
   * never promoted.
   */
  secondReplicationId: string;
  secondOffset: number;
  offset: number;
  /** The address of the primary that the server copies, or null for a primary. */
  masterAt: string | null;
  linkUp: boolean;
  connectedReplicas: number;
};

/** A redis-server or a Sentinel on a host. */
export type RedisNode = AsyncDisposable & {
  readonly name: string;
  readonly host: Host;
  readonly port: number;
  /** `address:port`. */
  readonly at: string;
  readonly url: string;
  readonly directory: string;
  readonly logFile: string;
  /** A connection that waits for the server and reconnects by itself. */
  readonly redis: Redis;
  isRunning(this: void): boolean;
  state(): Promise<NodeState>;
  kill9(): Promise<void>;
  /** Starts the server again on the same port and files. */
  restart(): Promise<void>;
  /** Deletes the server's data but not its configuration. The server must be down. */
  wipe(): void;
  /** Stops the process with SIGSTOP. */
  freeze(): void;
  /** Continues the process with SIGCONT. */
  thaw(): void;
};

/** Starts a server on a free port of its host. The server dies with this process. */
export async function startNode(options: NodeOptions): Promise<RedisNode> {
  const { name, host, dir, settings, sentinel = false } = options;
  const { redis: binary } = await findOrInstall({ redis: true, database: false }, (line) => console.error(line));
  if (binary === null) throw new Error('redis-server was not found.');
  const directory = join(dir, name);
  const logFile = join(dir, `${name}.log`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const configFile = join(directory, 'redis.conf');
  const service = await startLocalService(
    {
      name,
      directory,
      logFile,
      pidDir: join(dir, 'pids'),
      dieWithUs: true,
      prepare: (port) => {
        // Sentinel and REPLICAOF change a server's configuration file, so a restart keeps the file unless the port
        // changed.
        const known = existsSync(configFile) ? readFileSync(configFile, 'utf8') : '';
        if (!known.includes(`port ${port}\n`)) {
          const base = sentinel ? sentinelSettings : serverSettings;
          writeFileSync(configFile, configText({ port: String(port), bind: host.address, ...base, ...settings }), {
            mode: 0o600,
          });
        }
        return host.command(binary, ['redis.conf', ...(sentinel ? ['--sentinel'] : [])]);
      },
      ask: (port) => askRedis(port, sentinel ? null : password, host.address),
      urlAt: (port) =>
        sentinel ? `redis://${host.address}:${port}` : `redis://default:${password}@${host.address}:${port}`,
      startLimitMs: 20_000,
      stopLimitMs: 20_000,
    },
    { say: (line) => console.error(line) },
  );
  return nodeOf(options, service);
}

const serverSettings = {
  'protected-mode': 'no',
  requirepass: password,
  masterauth: password,
  'tcp-backlog': '4096',
  dir: './',
  save: '""',
  appendonly: 'yes',
  appendfsync: 'always',
  'maxmemory-policy': 'noeviction',
  'repl-diskless-sync-delay': '0',
  // A replica notices a dead link after 5 s instead of 60, so that it reconnects soon after a partition.
  'repl-timeout': '5',
  'repl-ping-replica-period': '1',
};

const sentinelSettings = { 'protected-mode': 'no', dir: './' };

const configText = (settings: Record<string, string>): string =>
  Object.entries(settings)
    .flatMap(([name, value]) => value.split('\n').map((line) => `${name} ${line}\n`))
    .join('');

function nodeOf({ name, host }: NodeOptions, service: LocalService): RedisNode {
  const { port, url, logFile } = service;
  const directory = join(logFile, '..', name);
  const redis = new Redis(url, {
    connectionName: 'failover',
    maxRetriesPerRequest: null,
    commandTimeout: 10_000,
    socketTimeout: 10_000,
    retryStrategy: () => 100,
  });
  redis.on('error', () => undefined);
  const down: NodeState = {
    ...{ name, role: 'down', runId: '', replicationId: '', secondReplicationId: '', secondOffset: -1 },
    ...{ offset: -1, masterAt: null, linkUp: false, connectedReplicas: 0 },
  };
  return {
    ...{ name, host, port, url, directory, logFile, redis },
    at: `${host.address}:${port}`,
    isRunning: () => service.pid() !== null,
    state: async () => {
      if (service.pid() === null) return down;
      const sections = await answerOf(Promise.all([redis.info('server'), redis.info('replication')]));
      return sections === null ? down : readState(name, sections.join('\r\n'));
    },
    kill9: () => service.kill(),
    restart: () => service.start(),
    wipe: () => {
      for (const file of ['appendonlydir', 'dump.rdb']) rmSync(join(directory, file), { recursive: true, force: true });
    },
    freeze: () => service.signal('SIGSTOP'),
    thaw: () => service.signal('SIGCONT'),
    [Symbol.asyncDispose]: async () => {
      redis.disconnect();
      await service.kill();
    },
  };
}

/** A server that does not answer within this time counts as down, even while this process is reconnecting. */
const silentMs = 1_000;

/** Returns a server's answer, or null if it comes too late or is an error. */
export const answerOf = <T>(reply: Promise<T>): Promise<T | null> =>
  within(silentMs, reply, () => null).catch(() => null);

function readState(name: string, info: string): NodeState {
  const fields = Object.fromEntries(
    [...info.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, key = '', value = '']) => [key, value]),
  );
  const text = (key: string): string => fields[key] ?? '';
  const isReplica = text('role') === 'slave';
  const second = text('master_replid2');
  return {
    name,
    role: isReplica ? 'replica' : 'master',
    runId: text('run_id'),
    replicationId: text('master_replid'),
    secondReplicationId: /^0*$/.test(second) ? '' : second,
    secondOffset: Number(text('second_repl_offset')),
    offset: Number(text(isReplica ? 'slave_repl_offset' : 'master_repl_offset')),
    masterAt: isReplica ? `${text('master_host')}:${text('master_port')}` : null,
    linkUp: text('master_link_status') === 'up',
    connectedReplicas: Number(text('connected_slaves')),
  };
}
