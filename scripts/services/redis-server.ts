import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Readiness, ServiceRecipe } from './local-service.ts';
import { redisSettings } from './store-settings.ts';

export interface RedisServerOptions {
  binary: string;
  directory: string;
  logFile: string;
  pidDir: string;
  password: string;
  dieWithUs?: boolean;
  /** Additional settings as in redis.conf, such as `{ appendfsync: 'everysec' }`. */
  settings?: Record<string, string>;
}

/** A recipe for a redis-server that loses no acknowledged write: it fsyncs before it replies, and evicts no key. */
export function redisServer(options: RedisServerOptions): ServiceRecipe {
  const { binary, directory, password } = options;
  return {
    name: 'redis',
    directory,
    logFile: options.logFile,
    pidDir: options.pidDir,
    dieWithUs: options.dieWithUs ?? false,
    prepare: (port) => {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      // The settings are in a file, because every user of the machine can read a process's arguments. Paths in the file
      // are relative to the server's working directory.
      writeFileSync(join(directory, 'redis.conf'), configFile(port, password, options.settings), { mode: 0o600 });
      return { file: binary, args: ['redis.conf'] };
    },
    ask: (port) => askRedis(port, password),
    urlAt: (port) => `redis://default:${password}@127.0.0.1:${port}`,
    startLimitMs: 30_000,
    stopLimitMs: 60_000,
  };
}

function configFile(port: number, password: string, settings: Record<string, string> = {}): string {
  const all: Record<string, string> = {
    port: String(port),
    bind: '127.0.0.1',
    'protected-mode': 'yes',
    requirepass: password,
    dir: './',
    ...redisSettings,
    ...settings,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');
}

/** Asks a Redis whether it is ready. If `password` is null, asks a Sentinel instead. */
export function askRedis(port: number, password: string | null, host = '127.0.0.1'): Promise<Readiness> {
  const { promise, resolve } = Promise.withResolvers<Readiness>();
  const socket = connect({ host, port });
  const expected = password === null ? '+PONG' : '+OK\r\n+PONG';
  let answer = '';
  socket.setTimeout(2_000, () => socket.destroy());
  socket.on('connect', () => socket.write(`${password === null ? '' : `AUTH ${password}\r\n`}PING\r\n`));
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
    if (answer.split('\r\n').length >= expected.split('\r\n').length + 1) socket.destroy();
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    if (answer.startsWith(expected)) resolve('ready');
    else resolve(answer.includes('-LOADING') ? 'loading' : 'silent');
  });
  return promise;
}
