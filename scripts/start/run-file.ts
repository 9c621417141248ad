import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TokenRules } from '../../core/access/token-rules.ts';
import { lockHolder } from '../launch/file-lock.mjs';
import { writeFileAtomically } from '../services/atomic-file.ts';
import type { RoleToken } from './role-token.ts';

/** Where the running system is, for the other commands: `<data dir>/run.json`, readable by its owner only. */
export interface RunFile {
  url: string;
  /** Where admin procedures and metrics are: OPS_PORT, else the same as `url`. */
  opsUrl: string;
  /** Where the worker answers /livez, /readyz and /metrics. */
  workerUrl: string;
  redisUrl: string;
  databaseUrl: string;
  /** The file that holds the key that signs tokens. */
  authSecretFile: string;
  /** An admin's token, renewed before it ends. */
  token: RoleToken;
  /** What tokens must say that commands here make with that key. */
  tokenRules: TokenRules;
  startedAt: string;
  /** Of what runs now; servers that were given by URL are missing. */
  pids: Record<string, number>;
}

export const lockPath = (dataDir: string) => join(dataDir, 'lock');
/** There while a stop is under way: whoever waits for the data dir needn't be turned away. */
export const stoppingPath = (dataDir: string) => join(dataDir, 'stopping');
const runPath = (dataDir: string) => join(dataDir, 'run.json');

export function writeRunFile(dataDir: string, run: RunFile): void {
  writeFileAtomically(runPath(dataDir), `${JSON.stringify(run, null, 2)}\n`);
}

export function removeRunFile(dataDir: string): void {
  rmSync(runPath(dataDir), { force: true });
}

/** The system that runs on this data dir, or null. A file that a killed launcher has left counts as none. */
export function findRunningSystem(dataDir: string): RunFile | null {
  if (lockHolder(lockPath(dataDir)) === null || !existsSync(runPath(dataDir))) return null;
  return JSON.parse(readFileSync(runPath(dataDir), 'utf8')) as RunFile;
}
