import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isLoopbackAddress } from '../../core/access/loopback.ts';
import type { Env } from '../../core/settings/env.ts';

/**
 * Whether this system's pages simulate visitors. `FIRSTCOME_DEMO` decides. If it is not set, the pages simulate
 * visitors in development, but only if no other machine can reach the system. `OPS_PORT` counts too, because it also
 * serves the pages.
 */
export async function wantsDemo({ demo, production, pages, host, ops }: Env): Promise<boolean> {
  if (demo !== null) return demo;
  if (production || pages.identityScript !== null) return false;
  return (await isLoopbackHost(host)) && (ops === null || (await isLoopbackHost(ops.host)));
}

/** A host name is loopback if all its addresses are. */
async function isLoopbackHost(host: string): Promise<boolean> {
  if (isIP(host) !== 0) return isLoopbackAddress(host);
  const addresses = await lookup(host, { all: true }).catch(() => []);
  return addresses.length > 0 && addresses.every(({ address }) => isLoopbackAddress(address));
}
