import type { Env } from '../core/settings/env.ts';
import { listenTrouble } from '../core/settings/listen-trouble.ts';

/** Returns why an API did not start, for an operator. The text names the wrong setting if that is known. */
export function startTrouble(err: unknown, { host, port, ops }: Pick<Env, 'host' | 'port' | 'ops'>): string {
  const { port: failed, address, hostname } = err as Partial<Failed>;
  const isOps = ops !== null && (failed === undefined ? (address ?? hostname) !== host : failed !== port);
  const trouble = isOps
    ? listenTrouble(err, ops, { port: 'OPS_PORT', host: 'OPS_HOST' })
    : listenTrouble(err, { host, port }, { port: 'PORT', host: 'HOST' });
  return trouble ?? 'the API could not start';
}

/** Node's error for a socket that could not listen. */
type Failed = { port: number; address: string; hostname: string };
