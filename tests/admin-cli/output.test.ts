import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { adminEventInput, showAdminEvent } from '../../core/wire/event-wire.ts';
import { anEvent, fakeAdmin, nowMs } from '../support/fake-admin.ts';
import { runCli } from './support/run-cli.ts';

const hourMs = 3_600_000;
const noColor = { NO_COLOR: '1' };
const terminal = { answers: [] };

const events = [
  anEvent({ issued: 0 }),
  anEvent({
    eventId: 'open',
    name: '가을 할인 쿠폰',
    opensAtMs: nowMs - 90_000,
    closesAtMs: nowMs + 2 * hourMs,
    issued: 12,
    persisted: 10,
    outbox: 2,
    outboxSinceMs: nowMs - 300,
    firstClaimedAtMs: nowMs - 89_993,
    seeded: true,
  }),
  anEvent({
    eventId: 'sold-out',
    opensAtMs: nowMs - 30 * hourMs,
    issued: 1_000,
    persisted: 1_000,
    soldOutAtMs: nowMs - 29 * hourMs,
    timeZone: null,
  }),
  anEvent({
    eventId: 'hostile',
    name: 'A\u001b[2J\tB\nC\u202eD',
    description: 'First\u0007\nsecond',
    terms: 'Third\u001b[2J\nfourth',
    imageUrl: 'https://shop.example/\u001b[2J\na.png',
    imageAlt: 'Le\u202eaves\n',
    useUrl: 'https://shop.example/\u0007',
    validUntilMs: nowMs + 30 * 24 * hourMs,
    opensAtMs: nowMs - 1,
    paused: true,
    outbox: null,
  }),
  anEvent({ eventId: 'closed', closed: true, amount: 1_250, currency: 'USD', listed: false }),
];
const admin = () => fakeAdmin(structuredClone(events));

describe('event list', () => {
  it('is a table on a terminal, with aligned columns even if names use different scripts', async () => {
    const { stdout } = await runCli(['event', 'list'], { admin: admin(), terminal, env: noColor });
    expect(stdout).toMatchInlineSnapshot(`
      "EVENT        NAME                     PHASE      OPENS                   ISSUED  STRATEGY
      open         가을 할인 쿠폰           open       1 min 30 s ago     12 of 1,000  redis-stream
      hostile      A\\u001b[2J\\tB\\nC\\u202eD  paused     now                 0 of 1,000  redis-stream
      autumn-sale  Autumn sale              scheduled  in 3 h              0 of 1,000  redis-stream
      sold-out     Autumn sale              sold out   1 d 6 h ago     1,000 of 1,000  redis-stream
      closed       Autumn sale              closed     in 3 h              0 of 1,000  redis-stream
      "
    `);
  });

  it.each([140, 90, 70, 55])('fits a terminal of %d columns', async (columns) => {
    const { stdout } = await runCli(['event', 'list'], { admin: admin(), terminal, env: noColor, columns });
    expect(stdout).toMatchSnapshot();
    for (const line of stdout.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
  });

  it('is tab-separated in a pipe, one line per event, with only \\t and \\n escaped', async () => {
    const { stdout } = await runCli(['event', 'list'], { admin: admin() });
    expect(stdout.replaceAll('\t', ' | ')).toMatchInlineSnapshot(`
      "id | name | phase | opensAt | closesAt | amount | currency | stock | issued | remaining | persisted | outbox | strategy | round | version | listed | paused | seeded | gateLost | needsApproval
      open | 가을 할인 쿠폰 | open | 2027-09-01T11:58:30.000Z | 2027-09-01T14:00:00.000Z | 10000 | KRW | 1000 | 12 | 988 | 10 | 2 | redis-stream | 1 | 1 | true | false | true | false | false
      hostile | A\\u001b[2J\\tB\\nC\\u202eD | paused | 2027-09-01T11:59:59.999Z |  | 10000 | KRW | 1000 | 0 | 1000 | 0 |  | redis-stream | 1 | 1 | true | true | false | false | false
      autumn-sale | Autumn sale | scheduled | 2027-09-01T15:00:00.000Z |  | 10000 | KRW | 1000 | 0 | 1000 | 0 | 0 | redis-stream | 1 | 1 | true | false | false | false | false
      sold-out | Autumn sale | sold_out | 2027-08-31T06:00:00.000Z |  | 10000 | KRW | 1000 | 1000 | 0 | 1000 | 0 | redis-stream | 1 | 1 | true | false | false | false | false
      closed | Autumn sale | closed | 2027-09-01T15:00:00.000Z |  | 1250 | USD | 1000 | 0 | 1000 | 0 | 0 | redis-stream | 1 | 1 | false | false | false | false | false
      "
    `);
  });

  it('is an array with --json, even on a terminal', async () => {
    const { stdout } = await runCli(['event', 'list', '--json'], { admin: admin(), terminal });
    expect(JSON.parse(stdout)).toHaveLength(events.length);
  });

  it('says on stderr if there are more events than it shows, or no events', async () => {
    const some = await runCli(['event', 'list', '--limit', '2'], { admin: admin() });
    expect(some.stdout.split('\n')).toHaveLength(4);
    expect(some.stderr).toBe('These are 2 of 5 events; --limit or --all shows more.\n');
    const none = await runCli(['event', 'list', '--json'], { admin: fakeAdmin() });
    expect(none).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
    expect((await runCli(['event', 'list'], { admin: fakeAdmin() })).stderr).toContain('There are no events yet.');
  });

  it('reads as many pages of the list as it needs', async () => {
    const many = Array.from({ length: 250 }, (_, at) => anEvent({ eventId: `event-${at}` }));
    const { stdout } = await runCli(['event', 'list', '--limit', '230', '--json'], { admin: fakeAdmin(many) });
    const ids = (JSON.parse(stdout) as { id: string }[]).map(({ id }) => id);
    expect(ids).toEqual(many.slice(0, 230).map(({ eventId }) => eventId));
  });
});

describe('event show', () => {
  it.each(events.map(({ eventId }) => eventId))('prints %s on a terminal', async (eventId) => {
    const { stdout } = await runCli(['event', 'show', eventId], { admin: admin(), terminal, env: noColor });
    expect(stdout).toMatchSnapshot();
  });

  it('says that Redis lost the gate', async () => {
    const lost = fakeAdmin([anEvent({ eventId: 'lost', gateLost: true })]);
    const { stdout } = await runCli(['event', 'show', 'lost'], { admin: lost, terminal, env: noColor });
    expect(stdout).toMatch(/seeded +its gate is LOST in Redis/);
  });

  it('prints one line per field in a pipe, with times in UTC', async () => {
    const { stdout } = await runCli(['event', 'show', 'open'], { admin: admin() });
    expect(stdout).toMatchInlineSnapshot(`
      "id	open
      name	가을 할인 쿠폰
      description	
      amount	10000
      currency	KRW
      imageUrl	
      imageAlt	
      terms	
      useUrl	
      validUntil	
      stock	1000
      issued	12
      remaining	988
      opensAt	2027-09-01T11:58:30.000Z
      closesAt	2027-09-01T14:00:00.000Z
      soldOutAt	
      phase	open
      serverTime	2027-09-01T12:00:00.000Z
      strategy	redis-stream
      round	1
      version	1
      timeZone	Asia/Seoul
      listed	true
      triesMax	
      triesWindowMs	
      paused	false
      persisted	10
      outbox	2
      outboxSince	2027-09-01T11:59:59.700Z
      firstClaimedAt	2027-09-01T11:58:30.007Z
      needsApproval	false
      approvalAskedBy	
      seeded	true
      gateLost	false
      theme	
      armed	
      "
    `);
  });

  it("prints the API's event with --json", async () => {
    const { stdout } = await runCli(['event', 'show', 'open', '--json'], { admin: admin() });
    expect(JSON.parse(stdout)).toMatchInlineSnapshot(`
      {
        "amount": 10000,
        "approvalAskedBy": null,
        "closesAt": "2027-09-01T14:00:00.000Z",
        "currency": "KRW",
        "description": "",
        "firstClaimedAt": "2027-09-01T11:58:30.007Z",
        "gateLost": false,
        "id": "open",
        "imageAlt": null,
        "imageUrl": null,
        "issued": 12,
        "listed": true,
        "name": "가을 할인 쿠폰",
        "needsApproval": false,
        "opensAt": "2027-09-01T11:58:30.000Z",
        "outbox": 2,
        "outboxSince": "2027-09-01T11:59:59.700Z",
        "paused": false,
        "persisted": 10,
        "phase": "open",
        "readiness": null,
        "remaining": 988,
        "round": 1,
        "seeded": true,
        "serverTime": "2027-09-01T12:00:00.000Z",
        "soldOutAt": null,
        "stock": 1000,
        "strategy": "redis-stream",
        "terms": null,
        "theme": null,
        "timeZone": "Asia/Seoul",
        "triesMax": null,
        "triesWindowMs": null,
        "useUrl": null,
        "validUntil": null,
        "version": 1,
      }
    `);
  });

  it.each(events)('reads the same event from the API’s answer: $eventId', (view) => {
    expect(adminEventInput.parse(showAdminEvent(view, nowMs))).toEqual(view);
  });

  it('colours the phase on a terminal, but never in plain output', async () => {
    const show = ['event', 'show', 'open'];
    expect((await runCli(show, { admin: admin(), terminal })).stdout).toContain('\u001b[32mopen\u001b[39m');
    for (const options of [{ terminal, env: noColor }, { terminal, env: { TERM: 'dumb' } }, {}]) {
      expect((await runCli(show, { admin: admin(), ...options })).stdout).not.toContain('\u001b');
    }
  });

  it("shows the page's content on a terminal, and where and until when the coupon can be used", async () => {
    const page = { imageUrl: 'https://shop.example/a.png', imageAlt: '단풍', terms: '1인 1매\n양도 불가' };
    const event = anEvent({ ...page, useUrl: 'https://shop.example/use', validUntilMs: nowMs + 48 * hourMs });
    const { stdout } = await runCli(['event', 'show', event.eventId], {
      ...{ admin: fakeAdmin([event]), terminal, env: noColor },
    });
    const lines = stdout.split('\n').map((line) => line.trim());
    expect(lines).toContain('picture    https://shop.example/a.png (단풍)');
    expect(lines).toContain('used at    https://shop.example/use');
    expect(lines.find((line) => line.startsWith('valid to'))).toContain('in 2 d');
    expect(lines.slice(lines.indexOf('1인 1매'))).toEqual(expect.arrayContaining(['양도 불가']) as unknown);
  });

  it('never lets a name or a description move the cursor', async () => {
    const printed = await Promise.all([
      runCli(['event', 'show', 'hostile'], { admin: admin(), terminal, env: noColor }),
      runCli(['event', 'show', 'hostile'], { admin: admin() }),
      runCli(['event', 'list'], { admin: admin(), terminal, env: noColor }),
      runCli(['event', 'list'], { admin: admin() }),
      runCli(['event', 'close', 'hostile'], { admin: admin(), terminal, env: noColor }),
      runCli(['event', 'close', 'hostile', '--confirm', 'x'], { admin: admin() }),
    ]);
    for (const { stdout, stderr } of printed) {
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    }
  });
});
