import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TokenRules } from '../../core/access/token-rules.ts';
import { lockHolder } from '../launch/file-lock.mjs';
import { writeFileAtomically } from '../services/atomic-file.ts';
import type { RoleToken } from './role-token.ts';

/**
 * The content of `<data dir>/run.json`, in which other commands find the running system. Only its owner can read the
 * file.
 */
export interface RunFile {
  url: string;
  /** The URL for admin procedures and metrics: that of OPS_PORT if it is set, otherwise `url`. */
  opsUrl: string;
  /** The worker's address for /livez, /readyz and /metrics. */
  workerUrl: string;
  redisUrl: string;
  databaseUrl: string;
  /** The file with the token signing key. */
  authSecretFile: string;
  /** An admin's token, renewed before it expires. */
  token: RoleToken;
  /** The rules for tokens that this machine's commands sign. */
  tokenRules: TokenRules;
  startedAt: string;
  /** Pids by name, except those of servers that the user provided by URL. */
  pids: Record<string, number>;
}

export const lockPath = (dataDir: string) => join(dataDir, 'lock');
/** This file exists during a stop, so that a new start waits for the data dir instead of failing. */
export const stoppingPath = (dataDir: string) => join(dataDir, 'stopping');
const runPath = (dataDir: string) => join(dataDir, 'run.json');

export function writeRunFile(dataDir: string, run: RunFile): void {
  writeFileAtomically(runPath(dataDir), `${JSON.stringify(run, null, 2)}\n`);
}

export function removeRunFile(dataDir: string): void {
  rmSync(runPath(dataDir), { force: true });
}

/** The system that runs on this data dir, or null. Ignores a killed launcher's file. */
export function findRunningSystem(dataDir: string): RunFile | null {
  if (lockHolder(lockPath(dataDir)) === null || !existsSync(runPath(dataDir))) return null;
  return JSON.parse(readFileSync(runPath(dataDir), 'utf8')) as RunFile;
}
