import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

/** A Lua script: sent by its hash, and whole when Redis does not know it (a new process, SCRIPT FLUSH). */
export type Script = (redis: Redis, keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

/** Reads a script from its file, which is in the folder `lua` beside the module that calls it. */
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

/** What a door throws for a reply that the script of this version does not give. */
export function unknownReply(script: string, reply: unknown): Error {
  return new Error(
    `${script} replied ${JSON.stringify(reply)}, which this version does not know. Do all processes run the same version?`,
  );
}
