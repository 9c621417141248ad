import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventJson } from '../../admin-cli/event-json.ts';
import { connectApi } from '../../admin-cli/remote/connect-api.ts';
import { readRemote } from '../../admin-cli/settings.ts';
import { drainOutbox } from '../../core/engines/stream/drain.ts';
import { openDb } from '../../core/mysql/open-db.ts';
import type { ReconcileProgress } from '../../core/reconcile/report.ts';
import { Fault } from '../../core/runtime/fault.ts';
import { callerAt } from '../api/call.ts';
import { openRealApi, type RealApi } from '../api/real-server.ts';
import { openTestApi } from '../api/test-server.ts';
import { adminToken, signToken, userToken } from '../api/tokens.ts';
import { openDirect, startApi, tokenOf, type ApiProcess } from '../support/system.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait-for.ts';
import { runCli, type RunOptions } from './support/run-cli.ts';
import { splitLine } from './support/split-line.ts';

/**
 * Tests how the CLI calls the API: with tokens, when answers are unexpected or lost, and when no API runs.
 * `commands.test.ts` tests what the commands do.
 */

let api: RealApi;
let id: string;

beforeAll(async () => {
  api = await openRealApi();
  const { stdout } = await cli('event create --name Sale --amount 1 --stock 10 --opens-at now --json', 'operator');
  ({ id } = JSON.parse(stdout) as EventJson);
});
afterAll(() => api[Symbol.asyncDispose]());

function cli(line: string, who: string, { url = api.url, ...options }: RunOptions & { url?: string } = {}) {
  const token = ['viewer', 'operator', 'admin'].includes(who) ? adminToken(who) : who;
  return runCli(splitLine(line.replaceAll('EVENT', id)), {
    connectApi,
    ...options,
    env: { FIRSTCOME_URL: url, FIRSTCOME_TOKEN: token, ...options.env },
  });
}

const remoteAt = (url: string) => readRemote({ FIRSTCOME_URL: url, FIRSTCOME_TOKEN: adminToken('operator') }, '.');

/** Returns the event without its readiness, because readiness depends on clocks. */
const show = async (eventId = id): Promise<Omit<EventJson, 'readiness'>> => {
  const { readiness: _readiness, ...event } = JSON.parse(
    (await cli(`event show ${eventId} --json`, 'viewer')).stdout,
  ) as EventJson;
  return event;
};

it('the CLI distinguishes an API that serves admins only on OPS_PORT from an older API', async () => {
  await using forEverybody = await openTestApi({ exposure: 'public' });
  const { code, stderr } = await cli('event list', 'admin', { url: forEverybody.url });
  expect(code).toBe(1);
  expect(stderr).toContain(`The API at ${forEverybody.url} doesn't know admin.whoami. If it has an OPS_PORT, set`);
});

describe('permissions of a token', () => {
  it.each(['event list', 'event show EVENT', 'event watch EVENT --for 1s'])('let a viewer read: %s', async (line) => {
    expect(await cli(line, 'viewer')).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    ['event create --name Sale --amount 1 --stock 1 --opens-at now', 'viewer', 'operator'],
    ['event update EVENT --stock 20', 'viewer', 'operator'],
    ['event pause EVENT', 'viewer', 'operator'],
    ['event resume EVENT', 'viewer', 'operator'],
    ['event close EVENT --confirm Sale', 'viewer', 'operator'],
    ['event top-up EVENT --add 5', 'viewer', 'operator'],
    ['reconcile EVENT', 'viewer', 'operator'],
    ['claims restore EVENT --user kim --serial 1 --code W45C-J29D-N8GV-9WM9', 'viewer', 'operator'],
    ['claims faults EVENT --settle 1 --reason decided', 'viewer', 'operator'],
    ['event reset EVENT --confirm Sale', 'operator', 'admin'],
  ])('refuse %s to a %s', async (line, role, needed) => {
    const before = await show();
    const { code, stdout, stderr } = await cli(line, role);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `Error: This needs a token with the role ${needed}. FIRSTCOME_TOKEN belongs to the-${role}, role ${role}. Nothing was changed.\n`,
    );
    expect({ ...(await show()), serverTime: '' }).toEqual({ ...before, serverTime: '' });
  });

  it('let a viewer look up claims and an operator restore one, and the audit trail has both under the name in the token', async () => {
    const created = await cli('event create --name Lost --amount 1 --stock 3 --opens-at now --json', 'operator');
    const { id: eventId } = JSON.parse(created.stdout) as EventJson;
    const { status, data } = await callerAt(api.url, userToken('kim')).mutate('claim.submit', { eventId });
    expect({ status, data }).toMatchObject({ status: 200, data: { status: 'issued', serial: 1 } });
    const { code } = data as { code: string };
    const proof = `${eventId} --user kim --serial 1 --code ${code.toLowerCase()}`;
    const seen = await cli(`claims show ${eventId} --code ${code} --reason asked`, 'viewer');
    expect(seen).toMatchObject({ code: 0, stdout: expect.stringMatching(/^state\t(accepted|persisted)$/m) as string });
    const verified = await cli(`claims verify ${proof}`, 'viewer');
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining('standing\theld') as string });
    const kept = await cli(`claims restore ${proof} --json`, 'operator');
    expect({ ...kept, stdout: JSON.parse(kept.stdout) as unknown }).toMatchObject({
      ...{ code: 0, stderr: '' },
      stdout: { genuine: true, before: 'held', restored: false, held: true, round: 1 },
    });
    const forged = `${eventId} --user lee --serial 1 --code ${code}`;
    expect(await cli(`claims restore ${forged}`, 'operator')).toMatchObject({ code: 1 });
    expect(await cli(`claims export ${eventId}`, 'viewer')).toMatchObject({ code: 0 });
    const trail = await cli(`audit list --event ${eventId} --json`, 'viewer');
    const entries = JSON.parse(trail.stdout) as { action: string; actor: string; reason: string | null }[];
    expect(entries.map(({ action, actor, reason }) => [action, actor, reason]).reverse()).toEqual([
      ['event.create', 'the-operator', null],
      ['claim.show', 'the-viewer', 'asked'],
      ['claim.verify', 'the-viewer', null],
      ['claim.restore', 'the-operator', null],
      ['claim.restore', 'the-operator', null],
      ['claim.export', 'the-viewer', null],
    ]);
    expect(trail.stdout).not.toContain(code);
  });

  it('mask codes for a viewer in every output and file, and show whole codes to an operator', async () => {
    const created = await cli('event create --name Masked --amount 1 --stock 3 --opens-at now --json', 'operator');
    const { id: eventId } = JSON.parse(created.stdout) as EventJson;
    const { data } = await callerAt(api.url, userToken('kim')).mutate('claim.submit', { eventId });
    const { code } = data as { code: string };
    await drainOutbox(api.platform.stores, eventId, 1);
    const masked = `${code.slice(0, 4)}-****-****-****`;
    const file = join(await mkdtemp(join(tmpdir(), 'firstcome-masked-')), 'claims.csv');
    for (const [who, seen, unseen] of [
      ['viewer', masked, code],
      ['operator', code, masked],
    ] as const) {
      for (const line of [
        `claims show ${eventId} --user kim`,
        `claims show ${eventId} --serial 1 --json`,
        `claims show ${eventId} --code ${code}`,
        `claims export ${eventId}`,
        `claims export ${eventId} --format json`,
        `claims export ${eventId} --output ${file} --force`,
      ]) {
        for (const terminal of [{}, { terminal: { answers: [] } }]) {
          const ran = await cli(line, who, terminal);
          const said = ran.stdout + ran.stderr + (line.includes('--output') ? await readFile(file, 'utf8') : '');
          expect({ line, code: ran.code, seen: said.includes(seen), unseen: said.includes(unseen) }).toEqual({
            ...{ line, code: 0, seen: true, unseen: false },
          });
          if (line.includes('export')) expect(ran.stderr.includes('codes are masked')).toBe(who === 'viewer');
        }
      }
    }
    await rm(dirname(file), { recursive: true });
  });

  it('let a viewer list claims that MySQL could not store, and an operator settle one, under the name in the token', async () => {
    const created = await cli('event create --name Refused --amount 1 --stock 3 --opens-at now --json', 'operator');
    const { id: eventId } = JSON.parse(created.stdout) as EventJson;
    const { id: faultId } = await api.platform.stores.db.claimFault.create({
      data: {
        ...{ eventId, round: 1, serial: 2n, userId: 'lee', code: 'SECRET-CODE', claimedAt: new Date() },
        ...{
          reason: 'serial_taken',
          detail: 'the serial is kim’s',
          entryId: '1-1',
          position: 0,
          createdAt: new Date(),
        },
      },
    });
    const list = async () =>
      JSON.parse((await cli(`claims faults ${eventId} --round 1 --json`, 'viewer')).stdout) as {
        open: number;
        faults: Record<string, unknown>[];
      };
    expect(await list()).toMatchObject({
      open: 1,
      faults: [{ id: Number(faultId), round: 1, state: 'open', serial: 2, userId: 'lee', settledAt: null }],
    });
    const plain = await cli(`claims faults ${eventId}`, 'viewer');
    expect(plain).toMatchObject({ code: 0, stdout: expect.stringContaining('serial_taken') as string });
    expect(plain.stdout).not.toContain('SECRET-CODE');
    const settled = await cli(`claims faults ${eventId} --settle ${faultId} --reason 'lee got another'`, 'operator');
    expect(settled).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('state\tsettled') as string });
    const after = await list();
    expect(after).toMatchObject({
      open: 0,
      faults: [{ state: 'settled', settledBy: 'the-operator', settledReason: 'lee got another' }],
    });
    const other = await cli(`claims faults EVENT --settle ${faultId} --reason mine`, 'operator');
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('has no claim fault') as string });
  });

  it('let a user run no command', async () => {
    const { code, stderr } = await cli('event list', userToken('kim'));
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'Error: This needs a token with the role viewer. FIRSTCOME_TOKEN does not have that role.\n',
    });
  });

  it.each([
    ['nonsense', 'The token is not valid.'],
    [signToken({ sub: 'lee', role: 'admin', exp: 1 }), 'The token has expired.'],
    [signToken({ sub: 'lee', role: 'admin', exp: 9e9 }, { key: 'x'.repeat(32) }), 'The token is not valid.'],
  ])('lead to an error that does not show the token if the API refuses the token', async (token, why) => {
    const { code, stdout, stderr } = await cli('event list', token);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`${api.url} refused FIRSTCOME_TOKEN: ${why}\n`);
    expect(stderr).not.toContain(token);
  });
});

describe('a request of the CLI', () => {
  it('has an error that names an invalid value as the user typed it', async () => {
    const line = "event create --name '' --amount 0 --stock 1 --opens-at now --request-id 'a b'";
    const { code, stderr } = await cli(line, 'operator');
    expect(code).toBe(2);
    for (const flag of ['--name', '--amount', '--request-id'])
      expect(stderr).toMatch(new RegExp(`(^Error: |\n)${flag} must be`));
    const { code: pastCode, stderr: past } = await cli('event update EVENT --reason x --stock 0', 'operator');
    expect({ pastCode, past }).toMatchObject({
      pastCode: 2,
      past: expect.stringContaining('--stock must be') as unknown,
    });
  });

  it('limits a reason to the length that the API accepts', async () => {
    const { code, stderr } = await cli(`event pause EVENT --reason ${'x'.repeat(501)}`, 'operator');
    expect(code).toBe(2);
    expect(stderr).toContain('--reason must be 1 to 500 characters.');
  });

  it("takes times such as now and +1h from the API's clock", async () => {
    const hourMs = 3_600_000;
    // Fails if the CLI uses this machine's clock.
    await using other = await openTestApi({ clock: { nowMs: () => Date.now() + 1_000 * hourMs } });
    const line = 'event create --name Sale --amount 1 --stock 1 --opens-at +1h --closes-at +2h';
    expect(await cli(line, 'operator', { url: other.url })).toMatchObject({ code: 0 });
    const created = other.core.calls.find(({ name }) => name === 'create');
    const { input } = created as { input: { opensAtMs: number; closesAtMs: number } };
    expect(input.opensAtMs / hourMs - Date.now() / hourMs).toBeCloseTo(1_001, 1);
    expect(input.closesAtMs - input.opensAtMs).toBe(hourMs);
  });
});

describe('an answer of another version', () => {
  async function startChanging(change: (data: Record<string, unknown>) => unknown) {
    return startServer((req, res) => {
      void (async () => {
        const { authorization = '' } = req.headers;
        const answer = await fetch(`${api.url}${req.url}`, { headers: { authorization } });
        const body = (await answer.json()) as { result: { data: Record<string, unknown> } };
        res.setHeader('content-type', 'application/json');
        res.end(JSON.stringify({ result: { data: change(body.result.data) } }));
      })();
    });
  }

  it('may have additional fields, and additional names in lists', async () => {
    await using newer = await startChanging((data) => ({ ...data, phase: 'armed', strategy: 'magic', mood: [] }));
    expect(await cli('event show EVENT', 'viewer', { url: newer.url })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('strategy\tmagic\n') as unknown,
    });
  });

  it('may lack fields that are new', async () => {
    await using older = await startChanging(
      ({ outboxSince: _since, firstClaimedAt: _first, readiness: _readiness, ...data }) => data,
    );
    expect(await cli('event show EVENT --json', 'viewer', { url: older.url })).toMatchObject({ code: 0, stderr: '' });
  });

  it('is reported as an error if it lacks a required field', async () => {
    await using broken = await startChanging(({ opensAt: _opensAt, ...data }) => data);
    const { code, stdout, stderr } = await cli('event show EVENT', 'viewer', { url: broken.url });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`The answer from ${broken.url} to admin.event.get can't be read`);
  });
});

describe('a URL without a Firstcome API', () => {
  it.each<[string, RequestListener, string]>([
    [
      'a different server',
      (_req, res) => res.writeHead(200).end('<html>'),
      'answered 200, but not like a Firstcome API',
    ],
    ['a wrong path', (_req, res) => res.writeHead(404).end('{}'), 'answered 404, but not like a Firstcome API'],
    ['a proxy', (_req, res) => res.writeHead(502).end('Bad gateway'), 'answered 502, but not like a Firstcome API'],
    [
      'a redirect',
      (_req, res) => res.writeHead(301, { location: 'https://elsewhere.example/' }).end(),
      'redirects to https://elsewhere.example/. Set FIRSTCOME_URL',
    ],
  ])('is reported for %s', async (_what, listener, says) => {
    await using server = await startServer(listener);
    const { code, stdout, stderr } = await cli('event list', 'viewer', { url: server.url });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(says);
  });

  it('never receives the token through a redirect', async () => {
    const asked: (string | undefined)[] = [];
    await using elsewhere = await startServer((req, res) => (asked.push(req.headers.authorization), res.end('{}')));
    await using server = await startServer((_req, res) => res.writeHead(302, { location: elsewhere.url }).end());
    expect(await cli('event list', 'viewer', { url: server.url })).toMatchObject({ code: 1 });
    expect(asked).toEqual([]);
  });

  it('leads to an error that names the path in front of /trpc as the likely cause if the URL has such a path', async () => {
    const { code, stderr } = await cli('event list', 'viewer', { url: `${api.url}/shop` });
    expect(code).toBe(1);
    expect(stderr).toContain('Check FIRSTCOME_URL.');
  });

  it('leads to an error if nothing listens there', async () => {
    const { code, stdout, stderr } = await cli('event pause EVENT', 'operator', { url: 'http://127.0.0.1:1' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      "Error: The API at http://127.0.0.1:1 can't be reached: connect ECONNREFUSED 127.0.0.1:1.\n" +
        'Check FIRSTCOME_URL, and that the API runs there. Start it with `npm start` or `node api/main.ts`; in containers, with `docker compose up -d api`.\n',
    );
  });
});

describe('an API without its stores', () => {
  it('leads to an error that says what is down, how long to wait, and that a change may have been made', async () => {
    await using alone = await openRealApi({ DATABASE_URL: 'mysql://nobody:hidden@127.0.0.1:1/none' });
    const read = await cli('event list', 'viewer', { url: alone.url });
    expect(read.code).toBe(1);
    expect(read.stderr).toMatch(/^Error: MySQL is .*The API asks you to wait 1 s\.\n$/);
    const change = await cli(
      'event create --name Sale --amount 1 --stock 1 --opens-at +10m --valid-until +30d --request-id r-9',
      'operator',
      {
        url: alone.url,
      },
    );
    expect(change.code).toBe(1);
    expect(change.stderr).toMatch(
      /The API asks you to wait 1 s\.\nThe change may have been made\. To repeat it safely, run the same command with --request-id r-9 --opens-at \d{4}-\S+Z --valid-until \d{4}-\S+Z\. The/,
    );
    expect(read.stderr + change.stderr).not.toContain('hidden');
  });
});

describe('a lost answer', () => {
  let proxy: TcpProxy;
  beforeAll(async () => {
    proxy = await startTcpProxy(api.port);
  });
  afterAll(() => proxy[Symbol.asyncDispose]());

  it('makes the CLI print a request id, and the same command with that id makes the change only once', async () => {
    const { stock } = await show();
    const line = 'event top-up EVENT --add 7';
    proxy.onRequest = (chunk, { marks }) => (chunk.includes('topUp') ? (marks.add('topUp'), 'pass') : 'pass');
    proxy.onReply = (_chunk, { marks }) => (marks.has('topUp') ? { cutAfter: 0 } : 'pass');
    const { code, stdout, stderr } = await cli(line, 'operator', { url: proxy.through(api.url) });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('did not answer');
    const [, flag] =
      /run the same command with (--request-id \S+)\. The change is then made only once/.exec(stderr) ?? [];
    expect(flag).toBeDefined();
    expect(await show()).toMatchObject({ stock: stock + 7 });
    proxy.onRequest = proxy.onReply = undefined;
    for (const _again of [1, 2]) {
      const repeated = await cli(`${line} ${flag} --json`, 'operator', { url: proxy.through(api.url) });
      expect(JSON.parse(repeated.stdout)).toMatchObject({ stock: stock + 7 });
    }
    // Without that id, the API treats this as a different request.
    await cli(line, 'operator');
    expect(await show()).toMatchObject({ stock: stock + 14 });
  });

  it('leads to a timeout error, for a read and for a change; the error of a change carries its request id', async () => {
    const remote = remoteAt(new URL(proxy.through(api.url)).origin);
    const { admin } = await connectApi(remote, { readMs: 300, changeMs: 300 });
    proxy.hold();
    await expect(admin.get(id)).rejects.toMatchObject({ name: 'Fault', code: 'unavailable' });
    await expect(admin.pause({ eventId: id, requestId: 'r-1' }, {})).rejects.toMatchObject({
      code: 'unavailable',
      message: `The API at ${remote.url} did not answer: no answer in time.`,
      asked: { requestId: 'r-1' },
    });
    proxy.release();
    await waitFor(async () => (await show()).paused, { what: 'the pause that was on its way' });
    await cli('event resume EVENT', 'operator');
  });
});

describe('event watch', () => {
  it('continues while the API is down', async () => {
    await using proxy = await startTcpProxy(api.port);
    const sale = 'event create --name Sale --amount 1 --stock 10 --opens-at now --json';
    const { id: watched } = JSON.parse((await cli(sale, 'operator')).stdout) as EventJson;
    let looks = 0;
    proxy.onRequest = (chunk) => {
      if (chunk.includes('admin.event.get')) looks += 1;
      return looks === 2 ? { cutAfter: 0 } : 'pass';
    };
    const watching = cli(`event watch ${watched} --json`, 'viewer', { url: new URL(proxy.through(api.url)).origin });
    await waitFor(() => looks === 2, { what: 'a poll that gets no answer' });
    await cli(`event close ${watched} --confirm Sale`, 'operator');
    const { code, stdout, stderr } = await watching;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const seen = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { phase: string; noAnswerSince: string | null });
    expect(seen[0]).toMatchObject({ phase: 'open', noAnswerSince: null });
    expect(seen[1]).toMatchObject({ phase: 'open', noAnswerSince: expect.any(String) as unknown });
    expect(seen.at(-1)).toMatchObject({ phase: 'closed', noAnswerSince: null });
  });
});

describe('an API that dies in the middle of a change', () => {
  let hurt: ApiProcess;
  beforeAll(async () => {
    hurt = await startApi(api.stores);
  });
  afterAll(() => hurt[Symbol.asyncDispose]());

  it('has made the whole change or nothing, and the command makes the change exactly once if it is repeated with the printed id', async () => {
    await using direct = openDirect(api.stores);
    const { stock } = await show();
    // A lock on the event's row stops the change halfway.
    const locked = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const holder = openDb(api.stores.databaseUrl, { poolMax: 1, commandTimeoutMs: 30_000 });
    const holding = holder.$transaction(
      async (tx) => {
        await tx.$queryRaw`SELECT id FROM events WHERE id = ${id} FOR UPDATE`;
        locked.resolve();
        await release.promise;
      },
      { timeout: 30_000 },
    );
    await locked.promise;
    const line = 'event top-up EVENT --add 3';
    const died = cli(line, tokenOf('lee', 'operator'), { url: hurt.url });
    await waitFor(
      async () => {
        const rows = await direct.db.$queryRaw<unknown[]>`
          SELECT 1 FROM information_schema.processlist
          WHERE db = DATABASE() AND info LIKE 'SELECT id FROM events WHERE id = % FOR UPDATE'`;
        return rows.length > 0;
      },
      { what: 'the change to wait for the lock' },
    );
    await hurt.process.kill9();
    const { code, stderr } = await died;
    release.resolve();
    await holding;
    await holder.$disconnect();
    expect(code).toBe(1);
    const [, flag] =
      /run the same command with (--request-id \S+)\. The change is then made only once/.exec(stderr) ?? [];
    expect(flag).toBeDefined();
    await hurt.restart();
    for (const _again of [1, 2]) {
      const repeated = await cli(`${line} ${flag} --json`, tokenOf('lee', 'operator'), { url: hurt.url });
      expect(repeated.stderr).toBe('');
      expect(JSON.parse(repeated.stdout)).toMatchObject({ stock: stock + 3 });
    }
  });
});

describe('a long reconcile', () => {
  const watching = async (url: string, limits: Parameters<typeof connectApi>[1] = {}) => {
    const seen: string[] = [];
    const api = await connectApi(remoteAt(url), limits);
    const watch = ({ step, done, of }: ReconcileProgress) => seen.push(`${step}: ${done} of ${of}`);
    return { seen, found: api.admin.reconcile({ eventId: 'open', repair: true }, {}, { watch }) };
  };

  it('shows its progress, and may take longer than a request’s timeout', async () => {
    await using slow = await openTestApi({
      timeouts: { headersMs: 100, requestMs: 200, keepAliveMs: 100, checkEveryMs: 20 },
    });
    const answer = Promise.withResolvers<void>();
    const reconcile = slow.core.admin.reconcile.bind(slow.core.admin);
    slow.core.admin.reconcile = async (input, actor, options = {}) => {
      options.watch?.({ step: 'claims in MySQL', done: 500, of: 9_000 });
      await answer.promise;
      return reconcile(input, actor, options);
    };
    const { seen, found } = await watching(slow.url, { readMs: 500, changeMs: 100 });
    // This answer takes longer than each of the time limits above.
    await waitFor(() => seen.length >= 3, { what: 'two progress reports after the first' });
    answer.resolve();
    expect(await found).toMatchObject({ eventId: 'open', verdict: 'clean' });
    expect(new Set(seen)).toEqual(new Set(['claims in MySQL: 500 of 9000']));
  });

  it('shows how long it has taken if the API is an older version that reports no progress', async () => {
    await using current = await openTestApi();
    const answer = Promise.withResolvers<void>();
    await using older = await startServer((req, res) => {
      void (async () => {
        if (req.url?.includes('reconcile') === true) await answer.promise;
        const { authorization = '' } = req.headers;
        const init = { method: req.method ?? 'GET', headers: { authorization, 'content-type': 'application/json' } };
        const body = await text(req);
        const told = await fetch(`${current.url}${req.url}`, body === '' ? init : { ...init, body });
        res.setHeader('content-type', 'application/json');
        res.end(await told.text());
      })();
    });
    const { seen, found } = await watching(older.url);
    await waitFor(() => seen.length >= 2, { what: 'two messages that the API is still comparing' });
    answer.resolve();
    expect(await found).toMatchObject({ eventId: 'open', verdict: 'clean' });
    expect(seen[1]).toBe('the API is comparing the stores (2 s): 0 of null');
  });

  it('is reported as possibly done if the connection was cut, and can be repeated', async () => {
    await using api = await openTestApi();
    api.core.admin.reconcile = (_input, _actor, { watch, signal } = {}) => {
      watch?.({ step: 'claims in MySQL', done: 500, of: 9_000 });
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error));
        setImmediate(() => api.api.server.closeAllConnections());
      });
    };
    const { code, stdout, stderr } = await cli('reconcile open --repair', 'operator', { url: api.url });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('the connection was cut in the middle of the answer');
    expect(stderr).toContain(
      'The change may have been made, in whole or in part. It is safe to run the same command again.',
    );
  });

  it('fails with the same reason whether it fails at once or halfway', async () => {
    await using api = await openTestApi();
    api.core.admin.reconcile = (_input, _actor, { watch } = {}) => {
      watch?.({ step: 'claims in MySQL', done: 500, of: 9_000 });
      return Promise.reject(new Fault('unavailable', 'Event open could not be repaired. MySQL is not answering.'));
    };
    const { code, stderr } = await cli('reconcile open --repair', 'operator', { url: api.url });
    expect(code).toBe(1);
    expect(stderr).toContain('Error: Event open could not be repaired. MySQL is not answering.');
  });
});

async function startServer(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
