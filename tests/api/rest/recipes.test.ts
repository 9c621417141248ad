import { execFile, spawnSync } from 'node:child_process';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../../support/processes.ts';
import { waitFor } from '../../support/wait-for.ts';
import { openRealApi, type RealApi } from '../real-server.ts';
import { secret } from '../tokens.ts';

/**
 * Runs the recipes of docs/clients, unchanged, against an API that is first busy, then unreachable, and then loses its
 * reply.
 */

const run = promisify(execFile);
const isHere = (command: string, argument: string): boolean => spawnSync(command, [argument]).status === 0;

let api: RealApi;
beforeAll(async () => {
  api = await openRealApi();
});
afterAll(() => api[Symbol.asyncDispose]());

/** How a call fails before the API begins to answer normally. */
type Trouble = (req: IncomingMessage, res: ServerResponse) => void;

const refuse =
  (status: number): Trouble =>
  (_req, res) =>
    void res.writeHead(status, { 'retry-after': '1', 'content-type': 'application/problem+json' }).end('{}');

const forward = (req: IncomingMessage, answered: (from: IncomingMessage) => void): void => {
  const { method, headers, url = '/' } = req;
  const to = request({ host: '127.0.0.1', port: api.port, path: url, ...(method && { method }), headers }, answered);
  req.pipe(to);
};

/** The API makes the claim, but its reply is lost. */
const loseReply: Trouble = (req, res) =>
  forward(req, (from) => {
    from.resume();
    from.on('end', () => res.destroy());
  });

async function openProxy() {
  const troubles: Trouble[] = [refuse(429), refuse(503), loseReply];
  const server = createServer((req, res) => {
    const trouble = req.method === 'POST' ? troubles.shift() : undefined;
    if (trouble !== undefined) return trouble(req, res);
    forward(req, (from) => {
      res.writeHead(from.statusCode ?? 500, from.headers);
      from.pipe(res);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    left: troubles,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function openEvent(): Promise<string> {
  const opensAt = new Date(api.platform.clock.nowMs() + 200).toISOString();
  const input = { name: 'Recipe', amount: 1, stock: 1, opensAt };
  const { data } = await api.admin('operator').mutate('admin.event.create', input);
  const eventId = (data as { id: string }).id;
  const phase = async () => ((await api.anyone.query('event.get', { eventId })).data as { phase: string }).phase;
  await waitFor(async () => (await phase()) === 'open', { what: 'the opening' });
  return eventId;
}

const recipes: [language: string, command: string, check: string, file: string][] = [
  ['curl', 'bash', '--version', 'claim.sh'],
  ['Python', 'python3', '--version', 'claim.py'],
  ['Java', 'java', '-version', 'Claim.java'],
];

it.each(recipes)(
  'the %s recipe claims exactly once, whatever happens to its calls, and then reads the claim',
  { timeout: 120_000 },
  async (_name, command, check, file) => {
    // Skips the recipe if this machine does not have its language.
    if (!isHere(command, check)) return;
    const eventId = await openEvent();
    await using proxy = await openProxy();
    const env = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      URL: proxy.url,
      AUTH_SECRET: secret,
      EVENT_ID: eventId,
      USER_ID: 'kim',
    };
    const { stdout } = await run(command, [join(root, 'docs/clients', file)], { env });
    expect(proxy.left).toEqual([]);
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => ({ status: line.slice(0, 3), body: JSON.parse(line.slice(4)) as Record<string, unknown> }));
    const [claimed, mine] = answers;
    // The first reply was lost, so this answer is a replay.
    expect(claimed).toMatchObject({ status: '200', body: { status: 'issued', serial: 1, replayed: true } });
    expect(mine).toMatchObject({ status: '200', body: { serial: 1, code: claimed?.body['code'] } });
  },
);
