import { expect, it } from 'vitest';
import { anEvent, fakeAdmin } from '../support/fake-admin.ts';
import { runCli } from './support/run-cli.ts';

const usual = () => fakeAdmin(Array.from({ length: 3 }, (_, at) => anEvent({ eventId: `usual-${at}` })));
const create = (amount: number, stock: number, ...flags: string[]) =>
  runCli(
    ['event', 'create', '--name', 'A', '--amount', `${amount}`, '--stock', `${stock}`, '--opens-at', '+1h', ...flags],
    { admin: usual() },
  );

it('the CLI warns about an amount and a stock far above usual values, as the console does, but creates the event', async () => {
  const { code, stderr } = await create(10_000_000, 100_000, '-q');
  expect(code).toBe(0);
  expect(stderr).toContain('Warning: the amount is far above what is usual here.');
  expect(stderr).toContain('Warning: the stock is far above what is usual');
});

it('the CLI warns about an amount that the user seems to have typed in dollars', async () => {
  expect((await create(10, 100, '--currency', 'USD')).stderr).toContain('minor unit');
});

it('the CLI does not warn about usual values, and with --json it never warns', async () => {
  expect((await create(12_000, 2_000)).stderr).toBe('');
  expect((await create(10_000_000, 100_000, '--json')).stderr).toBe('');
});

it('the CLI warns about an unusual change to the stock', async () => {
  const { stderr } = await runCli(['event', 'update', 'usual-0', '--stock', '2000000'], { admin: usual() });
  expect(stderr).toContain('Redis needs 200 MB for a million coupons');
});
