import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isLoopbackAddress } from '../../core/access/loopback.ts';
import type { Env } from '../../core/settings/env.ts';

/**
 * Whether the pages of this system make up visitors: as `FIRSTCOME_DEMO` says or, if it is not set, in development where
 * only this machine can reach every address that is listened on. `OPS_PORT` serves the pages as well.
 */
export async function wantsDemo({ demo, production, pages, host, ops }: Env): Promise<boolean> {
  if (demo !== null) return demo;
  if (production || pages.identityScript !== null) return false;
  return (await isLoopbackHost(host)) && (ops === null || (await isLoopbackHost(ops.host)));
}

/** A name is loopback when every address that it stands for is. */
async function isLoopbackHost(host: string): Promise<boolean> {
  if (isIP(host) !== 0) return isLoopbackAddress(host);
  const addresses = await lookup(host, { all: true }).catch(() => []);
  return addresses.length > 0 && addresses.every(({ address }) => isLoopbackAddress(address));
}
