import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectApi } from '../../admin-cli/remote/connect-api.ts';
import { openCoder } from '../../core/claims/code.ts';
import { findEvent } from '../../core/events/event-rows.ts';
import { Fault } from '../../core/runtime/fault.ts';
import { openRealApi, type RealApi } from '../api/real-server.ts';
import { adminToken } from '../api/tokens.ts';
import { fakeAdmin, anEvent } from '../support/fake-admin.ts';
import { openLab, type Lab } from '../support/lab.ts';
import { runCli } from './support/run-cli.ts';

const main = join(import.meta.dirname, '../../admin-cli/main.ts');
const nasty = ['=cmd|calc', '+1', '-1', '@x', '"quoted"', 'a,b', "'plain", '=1,"2"'];
const many = 30_000;

let api: RealApi;
let lab: Lab;
let folder: string;
let eventId: string;
let manyId: string;

beforeAll(async () => {
  api = await openRealApi();
  lab = await openLab(api.stores);
  folder = await mkdtemp(join(tmpdir(), 'firstcome-export-'));
  eventId = await soldTo(nasty);
  manyId = await soldTo(Array.from({ length: many }, (_, i) => `user-${i}`));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await lab[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

async function soldTo(userIds: string[]): Promise<string> {
  const { db, clock } = lab.first.stores;
  const event = await lab.createEvent({ strategy: 'db-lock', stock: userIds.length });
  const row = await findEvent(db, event.eventId);
  const coder = openCoder(row?.roundRow.codeKey ?? Buffer.alloc(32));
  const at = new Date(clock.nowMs());
  for (let from = 0; from < userIds.length; from += 5_000) {
    await db.claim.createMany({
      data: userIds.slice(from, from + 5_000).map((userId, i) => {
        const serial = from + i + 1;
        const times = { claimedAt: at, persistedAt: at };
        return { eventId: event.eventId, round: 1, serial, userId, code: coder(serial, userId), ...times };
      }),
    });
  }
  return event.eventId;
}

const env = () => ({ FIRSTCOME_URL: api.url, FIRSTCOME_TOKEN: adminToken('admin') });
const run = (...args: string[]) => runCli(args, { env: env(), connectApi });
const start = (args: string[]) =>
  spawn(process.execPath, [main, ...args], { cwd: folder, env: { PATH: process.env['PATH'], ...env() } });

/** Parses CSV as RFC 4180 defines it. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (quoted && char === '"' && text[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (char === '"') {
      quoted = !quoted;
    } else if (!quoted && (char === ',' || char === '\n')) {
      rows.at(-1)?.push(cell);
      cell = '';
      if (char === '\n') rows.push([]);
    } else if (quoted || char !== '\r') {
      cell += char;
    }
  }
  return rows.slice(0, -1);
}

describe('claims export', () => {
  it('writes every claim unchanged as CSV, but makes no cell a formula that a spreadsheet would run', async () => {
    const { code, stdout, stderr } = await run('claims', 'export', eventId);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '8 claims.\n' });
    const [header, ...rows] = parseCsv(stdout);
    expect(header).toEqual(['event_id', 'round', 'serial', 'user_id', 'code', 'claimed_at', 'persisted_at']);
    expect(rows.map((row) => row[2])).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
    expect(rows.every((row) => row.every((cell) => !/^[=+\-@\t\r]/.test(cell)))).toBe(true);
    expect(rows.map((row) => row[3])).toEqual(nasty.map((user) => (/^[=+\-@]/.test(user) ? `'${user}` : user)));
  });

  it('writes every claim unchanged as JSON', async () => {
    const { stdout } = await run('claims', 'export', eventId, '--json');
    expect((JSON.parse(stdout) as { user_id: string }[]).map(({ user_id: user }) => user)).toEqual(nasty);
    expect((await run('claims', 'export', eventId, '--format', 'json')).stdout).toBe(stdout);
  });

  it('writes a complete file or none, makes it readable only by its owner, and replaces an existing file only on request', async () => {
    const file = join(folder, 'autumn.csv');
    expect(await run('claims', 'export', manyId, '--output', file)).toMatchObject({ code: 0, stdout: '' });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readFile(file, 'utf8')).split('\r\n')).toHaveLength(many + 2);
    await writeFile(file, 'mine');
    const refused = await run('claims', 'export', eventId, '--output', file);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('--force');
    expect(await readFile(file, 'utf8')).toBe('mine');
    await run('claims', 'export', eventId, '--output', file, '--force');
    expect(parseCsv(await readFile(file, 'utf8'))).toHaveLength(9);
    expect((await run('claims', 'export', eventId, '--output', join(folder, 'no/such/file'))).code).toBe(1);
    expect((await run('claims', 'export', 'ev_none', '--output', join(folder, 'none.csv'))).code).toBe(1);
    expect(await readdir(folder)).toEqual(['autumn.csv']);
  });

  it('waits for a slow reader, and ends when the reader closes the pipe', async () => {
    const slow = start(['claims', 'export', manyId]);
    slow.stdout.pause();
    await once(slow.stdout, 'readable');
    let bytes = 0;
    for await (const chunk of slow.stdout) {
      bytes += (chunk as Buffer).length;
      await delay(1);
    }
    expect(bytes).toBeGreaterThan(many * 60);
    const left = start(['claims', 'export', manyId]);
    let said = '';
    left.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(left.stdout, 'data');
    left.stdout.destroy();
    const [code] = (await once(left, 'exit')) as [number];
    expect({ code, said }).toEqual({ code: 0, said: '' });
  });

  it('reports an export that was cut short, but accepts an API that sends no final count', async () => {
    const memory = fakeAdmin([anEvent()]);
    const claims = (await memory.exportClaims({ eventId: 'autumn-sale', limit: 1 }, {})).claims;
    const full = claims.flatMap((claim) => Array.from({ length: 1_000 }, (_, at) => ({ ...claim, serial: at + 1 })));
    const away = () => Promise.reject(new Fault('unavailable', 'MySQL is away.'));
    const broken = {
      ...memory,
      exportClaims: ({ afterSerial = 0 }) =>
        afterSerial === 0 ? Promise.resolve({ round: 1, codes: 'shown' as const, claims: full }) : away(),
    };
    for (const more of [[], ['--json']]) {
      const { code, stdout, stderr } = await runCli(['claims', 'export', 'autumn-sale', ...more], { admin: broken });
      expect(code).toBe(1);
      expect(stdout.split('\n').length).toBeGreaterThan(1_000);
      expect(stderr).toContain('INCOMPLETE: the output ends after 1,000 claims.\n');
      expect(stderr).toContain('MySQL is away.');
    }
    const whole = await runCli(['claims', 'export', 'autumn-sale'], { admin: { ...memory, get: away } });
    expect(whole).toMatchObject({ code: 0, stderr: '1 claims.\n' });
  });

  it('explains what is wrong if the target is a folder', async () => {
    const { code, stderr } = await run('claims', 'export', eventId, '--output', folder, '--force');
    expect(code).toBe(1);
    expect(stderr).toContain(`${folder} could not be written: EISDIR`);
    expect(stderr).not.toContain('not expected');
  });

  it('reports an unknown event, and writes nothing', async () => {
    expect(await run('claims', 'export', 'ev_none')).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('claims show and claims verify', () => {
  it('print their result, and exit with a code that depends on the result', async () => {
    const shown = await run('claims', 'show', eventId, '--serial', '5');
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toContain('state\tpersisted');
    const code = /^code\t(.*)$/m.exec(shown.stdout)?.[1] ?? '';
    const verify = (serial: string) =>
      run('claims', 'verify', eventId, '--user', '"quoted"', '--serial', serial, '--code', code.toLowerCase());
    expect(await verify('5')).toMatchObject({ code: 0 });
    const forged = await verify('6');
    expect(forged).toMatchObject({ code: 1 });
    expect(forged.stdout).toContain('standing\tforged');
  });

  it('require exactly one way to identify the claim', async () => {
    const admin = fakeAdmin([anEvent()]);
    for (const line of [[], ['--user', 'kim', '--serial', '1']]) {
      const { code, stderr } = await runCli(['claims', 'show', 'autumn-sale', ...line], { admin });
      expect({ code, stderr }).toMatchObject({ code: 2 });
      expect(stderr).toContain('one of --user, --serial and --code');
    }
  });
});

describe('claims faults', () => {
  const admin = () => fakeAdmin([anEvent()]);

  it('lists open faults with the user and the reason, and settles a fault by its id', async () => {
    const memory = admin();
    const terminal = { answers: [], columns: 200 };
    const listed = await runCli(['claims', 'faults', 'autumn-sale'], { admin: memory, terminal });
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    expect(listed.stdout).toContain('1 open.');
    expect(listed.stdout).toMatch(/12 .*1 .*open.* 3 .*lee .*serial_taken: the serial is intruder's/);
    expect(memory.changes).toEqual([]);
    const args = ['claims', 'faults', 'autumn-sale', '--settle', '12', '--reason', 'lee got serial 51'];
    const settled = await runCli([...args, '--json'], { admin: memory });
    expect(JSON.parse(settled.stdout)).toMatchObject({ id: 12, state: 'settled', settledReason: 'lee got serial 51' });
    expect(memory.changes).toMatchObject([
      { verb: 'settleFault', input: { eventId: 'autumn-sale', id: 12 }, why: { reason: 'lee got serial 51' } },
    ]);
  });

  it.each([
    [['--settle', '12'], '--settle needs a --reason'],
    [['--settle', '12', '--round', '1', '--reason', 'why'], '--round only filters the list'],
    [['--request-id', 'r1'], '--request-id needs --settle'],
  ])('refuses %j, and settles nothing', async (more, said) => {
    const memory = admin();
    const { code, stderr } = await runCli(['claims', 'faults', 'autumn-sale', ...more], { admin: memory });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(said) as string });
    expect(memory.changes).toEqual([]);
  });
});
