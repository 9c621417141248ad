import type { Env } from '../core/settings/env.ts';

/** Why an API did not start, for an operator; names the setting at fault if it is known. */
export function startTrouble(err: unknown, { host, port, ops }: Pick<Env, 'host' | 'port' | 'ops'>): string {
  const { code, port: failed, address, hostname } = err as NodeJS.ErrnoException & Partial<Failed>;
  const isOps = ops !== null && (failed === undefined ? (address ?? hostname) !== host : failed !== port);
  const [portName, hostName] = isOps ? ['OPS_PORT', 'OPS_HOST'] : ['PORT', 'HOST'];
  const at = isOps ? ops : { host, port };
  switch (code) {
    case 'EADDRINUSE':
      return `port ${at.port} is taken: set ${portName} to another port`;
    case 'EACCES':
      return `this user may not listen on port ${at.port}: set ${portName} to 1024 or higher`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `this machine has no address ${at.host}: set ${hostName} to one that it has`;
    default:
      return 'the API could not start';
  }
}

/** What Node reports about a socket that could not listen. */
type Failed = { port: number; address: string; hostname: string };
