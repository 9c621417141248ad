import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileLock, tryLock } from '../launch/file-lock.mjs';
import { findFreePort, isPortFree } from '../services/free-port.ts';

export interface ApiPort {
  port: number;
  /** Whether port 3000 was taken. */
  moved: boolean;
  release: () => void;
}

const usualPort = 3_000;

/**
 * Reserves the API's port: the given port, or 3000 or the next free port. A lock reserves the port, because an API does
 * not listen until its set-up is complete. Without the lock, two checkouts that start at the same time could choose the
 * same port, and one could mistake the other's API for its own.
 */
export async function reserveApiPort(host: string, given: number | undefined): Promise<ApiPort> {
  if (given === 0)
    return reserve(host, await findFreePort(host), 0).then((held) => held ?? reserveApiPort(host, given));
  if (given !== undefined) {
    const held = await reserve(host, given, given);
    if (held !== null) return held;
    throw new Error(
      `PORT=${given} is taken on ${host}. Stop the process that listens there, set PORT to another port, or unset PORT.`,
    );
  }
  for (let port = usualPort; port < usualPort + 1_000; port += 1) {
    const held = await reserve(host, port, usualPort);
    if (held !== null) return held;
  }
  throw new Error(`No port from ${usualPort} to ${usualPort + 999} is free on ${host}. Set PORT to a free one.`);
}

/** Reserves the port of a variable such as OPS_PORT, or any free port if it is 0. */
export async function reservePort(name: string, { host, port }: { host: string; port: number }): Promise<ApiPort> {
  const held = await reserve(host, port === 0 ? await findFreePort(host) : port, port);
  if (held !== null) return held;
  if (port === 0) return reservePort(name, { host, port });
  throw new Error(
    `${name}=${port} is taken on ${host}. Stop the process that listens there, or set ${name} to another port.`,
  );
}

async function reserve(host: string, port: number, wanted: number): Promise<ApiPort | null> {
  if (!(await isPortFree(host, port))) return null;
  const lock = await lockPort(port);
  if (lock === null) return null;
  return { port, moved: wanted !== 0 && port !== wanted, release: lock.release };
}

async function lockPort(port: number): Promise<FileLock | null> {
  const lock = await tryLock(join(tmpdir(), `firstcome-ports-${process.getuid?.() ?? 0}`, `${port}.lock`));
  return lock.release === undefined ? null : lock;
}
