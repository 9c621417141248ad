import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import type { RequestFile } from './request-file.ts';

/**
 * The figures of wrk with 64 connections, each of which sends its next request as soon as the last one has an answer.
 */
export type WrkResult = z.infer<typeof wrkResult>;

const wrkResult = z.object({
  /** The number of answered requests. */
  requests: z.number(),
  durationUs: z.number(),
  meanUs: z.number(),
  minUs: z.number(),
  p50Us: z.number(),
  p90Us: z.number(),
  p95Us: z.number(),
  p99Us: z.number(),
  maxUs: z.number(),
  /** The number of answers with a status of 400 or more. */
  errorReplies: z.number(),
  socketErrors: z.number(),
  /** Whether the file of requests ran out. */
  exhausted: z.boolean(),
  /** The number of requests sent in each 100 ms. Empty for plain GETs. */
  tenths: z.array(z.number()),
});

/** Answers of any status per second, over the whole load. */
export const perSecond = (wrk: WrkResult): number => wrk.requests / (wrk.durationUs / 1e6);

export const wrkArgs = ['-t1', '-c64'];

/**
 * Sends the requests of a file for `seconds`, or until `until` resolves. Without a file, sends plain GETs. Throws if
 * wrk is missing or `until` rejects.
 */
export async function runWrk(
  url: string,
  options: { seconds: number; requests?: RequestFile; loop?: boolean; until?: Promise<void> },
): Promise<WrkResult> {
  const { seconds, requests, loop = false } = options;
  const script = join(import.meta.dirname, requests === undefined ? 'plain.lua' : 'claims.lua');
  const rest =
    requests === undefined ? [] : ['--', requests.path, String(requests.requestBytes), ...(loop ? ['loop'] : [])];
  const output = await run(
    [...wrkArgs, `-d${seconds}s`, '--timeout', '10s', '-s', script, url, ...rest],
    options.until,
  );
  const line = output.split('\n').find((candidate) => candidate.startsWith('{'));
  if (line === undefined) throw new Error(`wrk gave no result:\n${output}`);
  return wrkResult.parse(JSON.parse(line));
}

export async function wrkVersion(): Promise<string> {
  return (await run(['-v'])).split('\n')[0] ?? '';
}

async function run(args: string[], until?: Promise<void>): Promise<string> {
  const child = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.once('error', (error: NodeJS.ErrnoException) => {
    const missing = error.code === 'ENOENT';
    reject(missing ? new Error('The bench needs wrk. On Debian or Ubuntu: apt-get install wrk') : error);
  });
  child.once('close', () => resolve(output));
  // On SIGINT, wrk ends its load and reports the result so far.
  until?.then(
    () => child.kill('SIGINT'),
    (error: unknown) => {
      child.kill('SIGKILL');
      reject(error instanceof Error ? error : new Error(String(error)));
    },
  );
  return promise;
}
