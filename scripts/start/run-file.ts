import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TokenRules } from '../../core/access/token-rules.ts';
import { lockHolder } from '../launch/file-lock.mjs';
import { writeFileAtomically } from '../services/atomic-file.ts';
import type { RoleToken } from './role-token.ts';

/** How other commands find the running system: `<data dir>/run.json`, readable only by its owner. */
export interface RunFile {
  url: string;
  /** The address for admin procedures and metrics: OPS_PORT, or else the same as `url`. */
  opsUrl: string;
  /** The worker's address for /livez, /readyz and /metrics. */
  workerUrl: string;
  redisUrl: string;
  databaseUrl: string;
  /** The file that contains the token signing key. */
  authSecretFile: string;
  /** An admin's token, renewed before it expires. */
  token: RoleToken;
  /** The rules for tokens that commands on this machine sign with that key. */
  tokenRules: TokenRules;
  startedAt: string;
  /** The process ids of the running processes. Servers that the user provided by URL are not included. */
  pids: Record<string, number>;
}

export const lockPath = (dataDir: string) => join(dataDir, 'lock');
/** This file exists while a stop is under way, so a new start knows to wait for the data dir instead of failing. */
export const stoppingPath = (dataDir: string) => join(dataDir, 'stopping');
const runPath = (dataDir: string) => join(dataDir, 'run.json');

export function writeRunFile(dataDir: string, run: RunFile): void {
  writeFileAtomically(runPath(dataDir), `${JSON.stringify(run, null, 2)}\n`);
}

export function removeRunFile(dataDir: string): void {
  rmSync(runPath(dataDir), { force: true });
}

/** The system that runs on this data dir, or null. Ignores a file that a killed launcher has left. */
export function findRunningSystem(dataDir: string): RunFile | null {
  if (lockHolder(lockPath(dataDir)) === null || !existsSync(runPath(dataDir))) return null;
  return JSON.parse(readFileSync(runPath(dataDir), 'utf8')) as RunFile;
}
