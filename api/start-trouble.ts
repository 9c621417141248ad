import type { Env } from '../core/env.ts';

/** Why an API did not start, for an operator: by the setting that is to blame, where it is known. */
export function startTrouble(err: unknown, { host, port, ops }: Pick<Env, 'host' | 'port' | 'ops'>): string {
  const { code, port: failed, address, hostname } = err as NodeJS.ErrnoException & Partial<Failed>;
  const isOps = ops !== null && (failed === undefined ? (address ?? hostname) !== host : failed !== port);
  const [portName, hostName] = isOps ? ['OPS_PORT', 'OPS_HOST'] : ['PORT', 'HOST'];
  const at = isOps ? ops : { host, port };
  switch (code) {
    case 'EADDRINUSE':
      return `port ${at.port} is taken: set ${portName} to another one`;
    case 'EACCES':
      return `port ${at.port} is not for this user: set ${portName} to one from 1024 up`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${at.host} is no address of this machine: set ${hostName} to one that is`;
    default:
      return 'the API could not start';
  }
}

/** What Node tells of a socket that could not listen. */
type Failed = { port: number; address: string; hostname: string };
