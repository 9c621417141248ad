import { describe, expect, it } from 'vitest';
import { addressMatcher, addressOf } from '../../api/addresses.ts';
import { readConnectionLimits } from '../../api/connection-limits.ts';
import { catalogue } from '../../core/metrics/catalogue.ts';
import { parseEnv } from '../../core/settings/env.ts';
import { waitFor } from '../support/wait-for.ts';
import { claimText, heldClaims } from './blocked-claims.ts';
import { dialFrom, dialSome, livez, type Client } from './dial.ts';
import { openTestApi, type TestApi } from './test-server.ts';

const closed = (clients: Client[]): number[] => clients.flatMap((client, at) => (client.isOpen() ? [] : [at]));
const upTo = (end: number, from = 0): number[] => Array.from({ length: end - from }, (_, at) => from + at);
const answered = (client: Client): boolean => client.received().includes('alive');
const areIssued = (clients: Client[]): boolean => clients.every((client) => client.received().includes('issued'));

async function ask(client: Client): Promise<void> {
  client.send(livez);
  await waitFor(() => answered(client) || !client.isOpen(), { what: 'an answer' });
  expect(client.received()).toMatch(/^HTTP\/1\.1 200 /);
}

async function closings({ metrics }: TestApi): Promise<Record<string, number>> {
  const { values = [] } = (await metrics.registry.getSingleMetric(catalogue.connectionsClosed.name)?.get()) ?? {};
  return Object.fromEntries(
    values.filter(({ value }) => value > 0).map(({ labels, value }) => [String(labels['reason']), value]),
  );
}

describe('a client address', () => {
  it('that holds 256 connections without a request loses the oldest one for each new one, and other addresses lose none', async () => {
    await using api = await openTestApi();
    const neighbour = await dialFrom('127.0.0.3', api.port);
    const silent = await dialSome(260, '127.0.0.2', api.port);
    await waitFor(() => closed(silent).length === 4, { what: 'four connections to be closed' });
    expect(closed(silent)).toEqual(upTo(4));
    await ask(await dialFrom('127.0.0.2', api.port));
    await ask(neighbour);
    expect(closed(silent)).toEqual(upTo(5));
    expect(await closings(api)).toEqual({ address: 5 });
  });

  it('may hold more than 256 connections that have had an answer, but at most 256 that have had none', async () => {
    await using api = await openTestApi({ connectionLimits: { perAddress: 3 } });
    const used = await dialSome(3, '127.0.0.2', api.port);
    for (const client of used) await ask(client);
    const more = await dialSome(3, '127.0.0.2', api.port);
    for (const client of [...used, ...more]) await ask(client);
    await dialSome(4, '127.0.0.2', api.port);
    await waitFor(async () => (await closings(api))['address'] === 1, { what: 'one connection to be closed' });
    expect(closed([...used, ...more])).toEqual([]);
  });

  it('keeps every connection whose claim is in progress, and loses the new connection instead', async () => {
    const held = heldClaims();
    await using api = await openTestApi({ claims: held.claims, connectionLimits: { perAddress: 3 } });
    const claiming = await dialSome(3, '127.0.0.2', api.port);
    for (const client of claiming) client.send(claimText());
    await waitFor(() => held.asked() === 3, { what: 'three claims' });
    const newcomer = await dialFrom('127.0.0.2', api.port);
    await waitFor(() => !newcomer.isOpen(), { what: 'the new connection to be closed' });
    held.decide();
    await waitFor(() => areIssued(claiming), { what: 'the answers to the three claims' });
  });

  it('loses connections that send a body slowly before it loses connections whose claim is in progress', async () => {
    const held = heldClaims();
    await using api = await openTestApi({ claims: held.claims, connectionLimits: { perAddress: 2 } });
    const [claiming, dribbling] = [await dialFrom('127.0.0.2', api.port), await dialFrom('127.0.0.2', api.port)];
    claiming.send(claimText());
    await waitFor(() => held.asked() === 1, { what: 'the claim' });
    dribbling.send(claimText().slice(0, -3));
    await ask(await dialFrom('127.0.0.3', api.port));
    await ask(await dialFrom('127.0.0.2', api.port));
    expect([claiming.isOpen(), dribbling.isOpen()]).toEqual([true, false]);
    held.decide();
  });

  it('has no limit if it is the address of a trusted proxy', async () => {
    const limits = { perAddress: 3, trustedProxies: ['127.0.1.0/24'] };
    await using api = await openTestApi({ connectionLimits: limits });
    const proxied = await dialSome(10, '127.0.1.7', api.port);
    for (const client of proxied) await ask(client);
    expect(await closings(api)).toEqual({});
  });
});

describe('a server at its connection cap', () => {
  const max = 20;

  it('closes silent connections for new ones, oldest first, and answers claims in progress', async () => {
    const held = heldClaims();
    await using api = await openTestApi({ claims: held.claims, connectionLimits: { max } });
    const claiming = await dialSome(5, '127.0.0.2', api.port);
    for (const client of claiming) client.send(claimText());
    await waitFor(() => held.asked() === 5, { what: 'five claims' });
    const silent = await dialSome(15, '127.0.0.3', api.port);
    for (let newcomer = 0; newcomer < 10; newcomer += 1) await ask(await dialFrom('127.0.0.4', api.port));
    held.decide();
    await waitFor(() => areIssued(claiming), { what: 'the answers to the five claims' });
    expect(closed(silent)).toEqual(upTo(11));
    expect(await closings(api)).toEqual({ room: 11 });
  });

  it('closes idle connections if no connection is silent, beginning with the one that has been idle longest', async () => {
    await using api = await openTestApi({ connectionLimits: { max } });
    const resting = await dialSome(max - 1, '127.0.0.2', api.port);
    for (const client of resting) await ask(client);
    // The first two clients have sent another request since then, so they are no longer the longest idle.
    for (const client of resting.slice(0, 2)) await ask(client);
    for (let newcomer = 0; newcomer < 3; newcomer += 1) await ask(await dialFrom('127.0.0.3', api.port));
    await waitFor(() => closed(resting).length === 3, { what: 'three connections to be closed' });
    expect(closed(resting)).toEqual([2, 3, 4]);
  });

  it('refuses new connections only while every connection has a request in progress', async () => {
    const held = heldClaims();
    await using api = await openTestApi({ claims: held.claims, connectionLimits: { max } });
    const claiming: Client[] = [];
    while (claiming.length < max) {
      const client = await dialFrom('127.0.0.2', api.port);
      client.send(claimText());
      claiming.push(client);
      await waitFor(() => held.asked() === claiming.length, { what: 'its claim to be in progress' });
    }
    const newcomer = await dialFrom('127.0.0.3', api.port);
    await waitFor(() => !newcomer.isOpen(), { what: 'the new connection to be refused' });
    held.decide();
    await waitFor(() => areIssued(claiming), { what: 'the answers to the claims' });
    expect(await closings(api)).toEqual({ full: 1 });
    // The server may still refuse the first new client, but it accepts a later one.
    await waitFor(
      async () => {
        const client = await dialFrom('127.0.0.3', api.port);
        client.send(livez);
        await waitFor(() => answered(client) || !client.isOpen(), { what: 'an answer' });
        return answered(client);
      },
      { what: 'a new client to be accepted' },
    );
  });
});

describe('while connections without a request use more than half of the limit,', () => {
  it('the server closes the oldest of them, even if bytes trickle in, until they use only half of the limit', async () => {
    await using api = await openTestApi({ connectionLimits: { max: 20, firstRequestMs: 300 } });
    const used = await dialFrom('127.0.0.2', api.port);
    await ask(used);
    const slow = await dialSome(14, '127.0.0.3', api.port);
    for (const client of slow) client.send('GET /livez HTTP/1.1\r\n');
    const trickle = setInterval(() => {
      for (const client of slow.filter((each) => each.isOpen())) client.send('X-More: x\r\n');
    }, 20);
    try {
      await waitFor(() => closed(slow).length === 4, { what: 'four connections to be closed' });
      const later = await dialSome(2, '127.0.0.4', api.port);
      await waitFor(() => closed(slow).length === 6, { what: 'two more connections' });
      expect(closed(slow)).toEqual(upTo(6));
      expect(closed([used, ...later])).toEqual([]);
      expect(await closings(api)).toEqual({ slow: 6 });
    } finally {
      clearInterval(trickle);
    }
  });
});

describe('the address of a connection', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::1:2:6', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    [undefined, 'unknown'],
  ])('%s counts as %s', (remoteAddress, counted) => {
    expect(addressOf(remoteAddress)).toBe(counted);
  });

  it('is that of a trusted proxy if the list contains the address or its network, in whatever form the system writes the address', () => {
    const isTrusted = addressMatcher(['10.0.0.5', '10.1.0.0/16', '2001:db8::/32']);
    const trusted = ['10.0.0.5', '10.1.255.255', '::ffff:10.1.0.1', '2001:db8:ffff::1'];
    const others = ['10.0.0.6', '10.2.0.0', '::ffff:10.0.0.6', '2001:db9::1', '::1', undefined];
    expect(trusted.filter((each) => !isTrusted(each))).toEqual([]);
    expect(others.filter((each) => isTrusted(each))).toEqual([]);
  });
});

describe('the connection cap', () => {
  const stores = { DATABASE_URL: 'mysql://u@127.0.0.1/db', REDIS_URL: 'redis://127.0.0.1' };
  const maxOf = (env: Record<string, string>, descriptors?: number) =>
    readConnectionLimits(parseEnv({ ...stores, ...env }), descriptors).max;

  it('leaves file descriptors for Redis, two for each MySQL connection, and some for the process itself', () => {
    expect(maxOf({}, 256)).toBe(256 - 64 - 2 * (10 + 10 + 2));
    expect(maxOf({ CLAIM_CONNECTIONS: '50' }, 1_024)).toBe(1_024 - 64 - 2 * (10 + 50 + 2));
    expect(maxOf({ DATABASE_URL: 'mysql://u@127.0.0.1/db?connectionLimit=30' }, 1_024)).toBe(
      1_024 - 64 - 2 * (30 + 10 + 2),
    );
  });

  it('is 20,000 unless a higher limit is set', () => {
    expect(maxOf({}, 1_048_576)).toBe(20_000);
    expect(maxOf({}, Infinity)).toBe(20_000);
    expect(maxOf({ MAX_CONNECTIONS: '50000' }, 1_048_576)).toBe(50_000);
    expect(maxOf({ MAX_CONNECTIONS: '148' }, 256)).toBe(148);
  });

  it('is refused if the process may not open enough files, and the error names the highest possible value', () => {
    expect(() => maxOf({ MAX_CONNECTIONS: '149' }, 256)).toThrow(
      'MAX_CONNECTIONS: must be at most 148: the process may open 256 files (ulimit -n) and reserves 108 for Redis, MySQL ' +
        'and itself',
    );
    expect(() => maxOf({}, 110)).toThrow(/descriptor limit is too low: .*which leaves 2 for.*Raise it to 1108/);
  });
});
