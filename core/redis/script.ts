import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Redis } from 'ioredis';
import { attributeNames } from '../tracing/names.ts';
import { activeSpan, traced, type SpanOptions } from '../tracing/span.ts';

/**
 * Calls a Lua script by its hash, and sends the whole script if Redis does not know it (a new process, SCRIPT FLUSH).
 */
export type Script = (redis: Redis, keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

/** Loads a script from its file. */
export function loadScript(file: URL): Script {
  const lua = readFileSync(file, 'utf8');
  const sha = createHash('sha1').update(lua).digest('hex');
  const name = basename(file.pathname, '.lua');
  const call: Script = async (redis, keys, args) => {
    try {
      return await redis.evalsha(sha, keys.length, ...keys, ...args);
    } catch (err) {
      if (!(err instanceof Error && err.message.startsWith('NOSCRIPT'))) throw err;
      return redis.eval(lua, keys.length, ...keys, ...args);
    }
  };
  const span: SpanOptions = {
    kind: 'client',
    attributes: {
      [attributeNames.dbSystem]: 'redis',
      [attributeNames.dbOperation]: 'EVALSHA',
      [attributeNames.dbProcedure]: name,
    },
  };
  return (redis, keys, args) =>
    activeSpan() === undefined
      ? call(redis, keys, args)
      : traced(`EVALSHA ${name}`, span, () => call(redis, keys, args));
}

/** The error for a reply that this version of the script never gives. */
export function unknownReply(script: string, reply: unknown): Error {
  return new Error(
    `${script} replied ${JSON.stringify(reply)}, which this version does not know. Do all processes run the same version?`,
  );
}
