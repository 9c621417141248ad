import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lockHolder, tryLock } from '../../scripts/launch/file-lock.mjs';
import { startProcess } from '../support/processes.ts';
import { newDataDir } from './launch.ts';

/** Leaves a lock behind, like a killed process that had the same pid as this process. */
const leaveStaleLock = (path: string) =>
  writeFileSync(path, JSON.stringify({ pid: process.pid, identity: 'earlier', nonce: 'earlier' }));

it('a file lock has one holder at a time, and names that holder', async () => {
  const path = join(newDataDir('lock'), 'lock');
  const lock = await tryLock(path);
  expect(await tryLock(path)).toEqual({ holderPid: process.pid });
  expect(lockHolder(path)).toBe(process.pid);
  lock.release?.();
  expect(lockHolder(path)).toBeNull();
  expect((await tryLock(path)).release).toBeDefined();
});

it('a file lock counts as free if its holder has died, even if the holder’s pid now belongs to a different process', async () => {
  const path = join(newDataDir('lock'), 'lock');
  leaveStaleLock(path);
  expect(lockHolder(path)).toBeNull();
  expect((await tryLock(path)).release).toBeDefined();
});

it('a file lock whose holder has died goes to one waiting process after another', async () => {
  const dir = newDataDir('lock');
  const [path, journal] = [join(dir, 'lock'), join(dir, 'journal')];
  leaveStaleLock(path);
  const script = 'tests/launcher/stand-ins/lock-holder.ts';
  const all = await Promise.all(Array.from({ length: 8 }, () => startProcess({ script, args: [path, journal] })));
  await Promise.all(all.map((process) => process.ended));
  const lines = readFileSync(journal, 'utf8').trim().split('\n');
  expect(lines).toHaveLength(16);
  for (let i = 0; i < lines.length; i += 2) expect(lines[i + 1]).toBe(lines[i]?.replace('in', 'out'));
});
