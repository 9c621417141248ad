import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSameProcess, processIdentity } from './process-identity.mjs';

/**
 * Takes the lock at `path`. Resolves to `{ release }`, or to `{ holderPid }` if a running process holds it. The lock of
 * a dead process counts as free.
 */
export async function tryLock(path) {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const mine = { pid: process.pid, identity: processIdentity(process.pid), nonce: randomUUID() };
  const draft = `${path}.${mine.nonce}`;
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    for (;;) {
      // `link` creates the complete file in one step, and fails if the name is taken.
      if (tryLink(draft, path)) return { release: () => releaseOwn(path, mine.nonce) };
      const holder = readHolder(path);
      if (holder === null) continue;
      if (isSameProcess(holder.pid, holder.identity)) return { holderPid: holder.pid };
      if (!removeStale(draft, path, holder)) await sleep(20);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Like `tryLock`, but waits for its turn. If it has to wait, first calls `onWait` with the holder's pid. */
export async function waitForLock(path, onWait) {
  for (let waited = false; ; waited = true) {
    const lock = await tryLock(path);
    if (lock.release !== undefined) return lock;
    if (!waited) onWait(lock.holderPid);
    await sleep(200);
  }
}

/** The pid of the running process that holds the lock, or null. */
export function lockHolder(path) {
  const holder = readHolder(path);
  return holder !== null && isSameProcess(holder.pid, holder.identity) ? holder.pid : null;
}

/**
 * Removes the lock of a dead holder. If two processes see the same dead holder, only one may remove its lock: otherwise
 * the second would remove the lock that the first has just taken. So the remover first takes a second lock, named after
 * the dead one, and then checks again.
 */
function removeStale(draft, path, holder) {
  const breaker = `${path}.${holder.nonce}.stale`;
  if (!tryLink(draft, breaker)) {
    const other = readHolder(breaker);
    if (other !== null && !isSameProcess(other.pid, other.identity)) rmSync(breaker, { force: true });
    return false;
  }
  if (readHolder(path)?.nonce === holder.nonce) rmSync(path, { force: true });
  rmSync(breaker, { force: true });
  return true;
}

function releaseOwn(path, nonce) {
  if (readHolder(path)?.nonce === nonce) rmSync(path, { force: true });
}

function tryLink(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(path) {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${path} is not one of our lock files. If nothing uses its directory, delete the file.`);
  }
}
