import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

/**
 * Calls a Lua script by its hash, and sends the whole script if Redis does not know it (a new process, SCRIPT FLUSH).
 */
export type Script = (redis: Redis, keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

/** Loads a script from its file. */
export function loadScript(file: URL): Script {
  const lua = readFileSync(file, 'utf8');
  const sha = createHash('sha1').update(lua).digest('hex');
  return async (redis, keys, args) => {
    try {
      return await redis.evalsha(sha, keys.length, ...keys, ...args);
    } catch (err) {
      if (!(err instanceof Error && err.message.startsWith('NOSCRIPT'))) throw err;
      return redis.eval(lua, keys.length, ...keys, ...args);
    }
  };
}

/** The error for a reply that this version of the script never gives. */
export function unknownReply(script: string, reply: unknown): Error {
  return new Error(
    `${script} replied ${JSON.stringify(reply)}, which this version does not know. Do all processes run the same version?`,
  );
}
