import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { anEvent, fakeAdmin, nowMs } from '../support/fake-admin.ts';
import { runCli } from './support/run-cli.ts';

const hourMs = 3_600_000;
const events = () => [
  anEvent({ eventId: 'closed', name: 'Winter sale', closed: true, issued: 900 }),
  anEvent({ eventId: 'scheduled', name: 'Spring sale' }),
  anEvent({ eventId: 'open', name: 'Autumn sale', opensAtMs: nowMs - hourMs, issued: 12 }),
  anEvent({ eventId: 'paused', name: '가을 할인', opensAtMs: nowMs - 2 * hourMs, paused: true }),
  anEvent({ eventId: 'sold-out', name: 'Summer sale', opensAtMs: nowMs - hourMs, issued: 1_000 }),
];
const list = async (...flags: string[]) => runCli(['event', 'list', ...flags], { admin: fakeAdmin(events()) });
const ids = async (...flags: string[]) => (await list('-q', ...flags)).stdout.trimEnd().split('\n');

describe('event list', () => {
  it('shows open events first, however old they are', async () => {
    expect(await ids()).toEqual(['open', 'paused', 'scheduled', 'sold-out', 'closed']);
    const many = [...Array.from({ length: 250 }, (_, at) => anEvent({ eventId: `new-${at}` })), ...events()];
    const { stdout, stderr } = await runCli(['event', 'list', '-q', '--limit', '2'], {
      admin: fakeAdmin(many),
    });
    expect(stdout).toBe('open\npaused\n');
    expect(stderr).toBe('These are 2 of 255 events; --limit or --all shows more.\n');
  });

  it('shows 50 events, or every event with --all', async () => {
    const many = Array.from({ length: 120 }, (_, at) => anEvent({ eventId: `e-${at}` }));
    const shown = async (...flags: string[]) =>
      (await runCli(['event', 'list', '-q', ...flags], { admin: fakeAdmin(many) })).stdout.trimEnd().split('\n');
    expect(await shown()).toHaveLength(50);
    expect(await shown('--all')).toHaveLength(120);
    expect(await list('--all', '--limit', '3')).toMatchObject({ code: 2, stdout: '' });
  });

  it('shows only the requested phases', async () => {
    expect(await ids('--phase', 'sold_out,open')).toEqual(['open', 'sold-out']);
    const { code, stderr } = await list('--phase', 'soldout');
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean sold_out?');
  });

  it('finds a text in names and ids, ignoring case', async () => {
    expect(await ids('--search', 'SALE', '--sort', 'name')).toEqual(['open', 'scheduled', 'sold-out', 'closed']);
    expect(await ids('--search', '할인')).toEqual(['paused']);
    expect((await list('--search', 'nothing')).stderr).toBe('None of the 5 events matches.\n');
  });

  it.each([
    ['created', ['closed', 'scheduled', 'open', 'paused', 'sold-out']],
    ['opens', ['closed', 'scheduled', 'open', 'sold-out', 'paused']],
    ['name', ['open', 'scheduled', 'sold-out', 'closed', 'paused']],
    ['issued', ['sold-out', 'closed', 'open', 'scheduled', 'paused']],
  ])('sorts by %s', async (order, expected) => {
    expect(await ids('--sort', order)).toEqual(expected);
  });

  it('shows only the requested columns, in a pipe, as JSON and on a terminal', async () => {
    const flags = ['--columns', 'name,issued', '--limit', '1'];
    expect((await list(...flags)).stdout).toBe('name\tissued\nAutumn sale\t12\n');
    expect(JSON.parse((await list(...flags, '--json')).stdout)).toEqual([{ name: 'Autumn sale', issued: 12 }]);
    const terminal = { admin: fakeAdmin(events()), terminal: { answers: [] }, env: { NO_COLOR: '1' } };
    const { stdout } = await runCli(['event', 'list', ...flags], terminal);
    expect(stdout).toBe('NAME         ISSUED\nAutumn sale      12\n');
    expect((await list('--columns', 'isued')).stderr).toContain('Did you mean issued?');
  });

  it('keeps the column order of docs/cli.md, with new columns at the end', async () => {
    const [header] = (await list()).stdout.split('\n');
    const columns = (header ?? '').split('\t');
    expect(columns.slice(0, 20).join(' ')).toBe(
      'id name phase opensAt closesAt amount currency stock issued remaining persisted outbox strategy round version ' +
        'listed paused seeded gateLost needsApproval',
    );
    const docs = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8').replaceAll(/\s+/g, ' ');
    expect(docs).toContain(columns.map((column) => `\`${column}\``).join(', '));
  });
});
