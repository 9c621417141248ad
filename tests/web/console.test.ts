import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenOf } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';
import { act, openConsole, signIn, type ConsoleRole } from './console-visit.ts';
import { inspect } from './inspect.ts';
import { openSite, type Site } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
}, 600_000);
afterAll(() => site[Symbol.asyncDispose]());

const open = (hash = '') => openConsole(site, hash);

const stored = (eventId: string) => site.direct.db.claim.findMany({ where: { eventId } });

describe('the console’s sign-in', () => {
  it('refuses an invalid token and a token without a role, and no event is visible before it succeeds', async () => {
    await using kim = await open();
    for (const [token, says] of [
      ['nonsense', /not valid/],
      [tokenOf('kim'), /no role/],
    ] as const) {
      await kim.page.locator('input[name=token]').fill(token);
      await kim.page.keyboard.press('Enter');
      await expect.poll(() => kim.page.locator('.sign-in [role=alert]').textContent()).toMatch(says);
    }
    expect(await kim.page.locator('nav').count()).toBe(0);
    await inspect(kim.page, 'console-sign-in');
  });

  it.each<[ConsoleRole, string[], boolean]>([
    ['viewer', [], false],
    ['operator', ['pause', 'topUp', 'close'], true],
    ['admin', ['pause', 'topUp', 'close', 'reset'], true],
  ])('offers a %s only the actions that the role allows', async (role, actions, edits) => {
    const event = await site.createEvent();
    await using kim = await open(`#/events/${event.id}`);
    await signIn(kim.page, role);
    await kim.page.locator('[data-phase]').waitFor();
    const shown = await kim.page.evaluate<string[]>(
      `[...document.querySelectorAll('[data-do]')].map((each) => each.dataset.do)`,
    );
    expect(shown).toEqual(actions);
    expect(await kim.page.locator('a[href$="/edit"]').count()).toBe(edits ? 1 : 0);
  });

  it('is needed once per tab: the session survives a reload, but not a sign-out, and other tabs don’t have it', async () => {
    await using kim = await open();
    const { page } = kim;
    await signIn(page, 'viewer');
    await page.reload();
    await page.locator('[data-role=viewer]').waitFor();
    const stored = (name: string) => page.evaluate<number>(`${name}.length`);
    expect(await page.evaluate<string>('JSON.stringify(localStorage) + document.cookie')).not.toContain('eyJ');
    expect(await stored('sessionStorage')).toBe(1);
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.locator('input[name=token]').waitFor();
    await page.locator('[data-role]').click();
    await page.locator('[data-do=sign-out]').click();
    await page.locator('input[name=token]').waitFor();
    expect(await stored('sessionStorage')).toBe(0);
    await page.reload();
    await page.locator('input[name=token]').waitFor();
  });

  it('appears again when the token expires, and typed text is kept', async () => {
    await using kim = await open('#/create');
    await signIn(kim.page, 'operator');
    const typed = { name: 'Kept', amount: '5000', stock: '20', opensAt: '2099-12-01 10:00' };
    for (const [name, value] of Object.entries(typed)) await kim.page.locator(`input[name=${name}]`).fill(value);
    await kim.page.route(
      '**/trpc/admin.event.create*',
      (route) =>
        route.fulfill({
          status: 401,
          json: { error: { message: 'Ended', code: -32001, data: { code: 'UNAUTHORIZED', httpStatus: 401 } } },
        }),
      { times: 1 },
    );
    await kim.page.locator('main form [type=submit]').click();
    await signIn(kim.page, 'operator');
    expect(await kim.page.locator('input[name=name]').inputValue()).toBe('Kept');
  });
});

describe('an event in the console', () => {
  it('can be created and changed, and the page shows the server’s errors and a conflict with another admin’s change', async () => {
    await using kim = await open('#/create');
    const { page } = kim;
    await signIn(page, 'operator');
    await page.locator('input[name=name]').fill('Spring');
    await page.locator('input[name=timeZone]').fill('Europe/Berlin');
    await page.locator('input[name=opensAt]').fill('2030-03-31T02:30:00');
    await expect.poll(() => page.locator('[data-preview=opensAt]').textContent()).toMatch(/skip/);
    await page.locator('main form [type=submit]').click();
    await page.locator('input[name=amount][aria-invalid=true]').waitFor();
    await page.locator('input[name=amount]').fill('5000');
    await page.locator('input[name=stock]').fill('20');
    await page.locator('main form [type=submit]').click();
    await page.locator('input[name=opensAt][aria-invalid=true]').waitFor();
    await inspect(page, 'console-create-refused');
    await page.locator('input[name=opensAt]').fill('2030-03-31T03:30:00');
    await page.locator('main form [type=submit]').click();
    await page.locator('[data-phase=scheduled]').waitFor();
    const id = page.url().split('/').at(-1) ?? '';
    const { admin } = site.api.client();
    expect(await admin.event.get.query({ eventId: id })).toMatchObject({
      name: 'Spring',
      amount: 5_000,
      opensAt: '2030-03-31T01:30:00.000Z',
    });

    await page.locator('a[href$="/edit"]').click();
    await page.locator('input[name=name]').fill('Spring sale');
    await admin.event.update.mutate({ eventId: id, stock: 30 });
    await page.locator('main form [type=submit]').click();
    await expect.poll(() => page.locator('main [role=alert] li').allTextContents()).toEqual(['Stock: 20 → 30']);
    await page.locator('main [role=alert] button').click();
    await page.locator('main form [type=submit]').click();
    await page.locator('[data-phase=scheduled]').waitFor();
    expect(await admin.event.get.query({ eventId: id })).toMatchObject({ name: 'Spring sale', stock: 30 });
  });

  it('can be watched live, paused, resumed, topped up, closed and reset, and the audit trail records each reason', async () => {
    const event = await site.createEvent({ stock: 3, name: 'Live one' });
    await using kim = await open(`#/events/${event.id}`);
    const { page } = kim;
    await signIn(page, 'admin', 'boss');
    const phase = (name: string) => page.locator(`[data-phase=${name}]`).waitFor();
    const remaining = () => page.locator('[data-live=remaining]').textContent();
    await phase('open');
    await site.api.client(tokenOf('user-1')).claim.submit.mutate({ eventId: event.id });
    await expect.poll(remaining, { timeout: 10_000 }).toBe('2');
    await inspect(page, 'console-live');
    await act(page, 'pause', { reason: 'a look' });
    await phase('paused');
    await page.locator('.announced', { hasText: 'Live one has been paused' }).waitFor();
    await act(page, 'resume');
    await phase('open');
    await act(page, 'topUp', { value: '5' });
    await expect.poll(remaining).toBe('7');
    await act(page, 'close');
    await phase('closed');
    await page.locator('[data-do=reset]').click();
    await page.locator('[role=dialog] input[name=confirm]').fill('Wrong');
    expect(await page.locator('[role=dialog] [data-confirm]').isDisabled()).toBe(true);
    await inspect(page, 'console-reset-dialog', { switches: false });
    await page.locator('[role=dialog] input[name=confirm]').fill('Live one');
    await page.locator('[role=dialog] [data-confirm]').click();
    await phase('paused');

    await page.goto(new URL(`/admin#/audit?eventId=${event.id}`, page.url()).href);
    await expect.poll(() => page.locator('[data-entry]').count()).toBe(6);
    expect(await page.locator('[data-entry="event.pause"]').textContent()).toMatch(/boss.*a look/s);
    await inspect(page, 'console-audit');
  });

  it('can be compared with MySQL while both agree, while they differ, and after a repair', async () => {
    const event = await site.createEvent();
    await site.api.client(tokenOf('user-1')).claim.submit.mutate({ eventId: event.id });
    await waitFor(async () => (await stored(event.id)).length === 1, { what: 'the claim in MySQL' });
    await using kim = await open(`#/events/${event.id}/reconcile`);
    const { page } = kim;
    await signIn(page, 'operator');
    await page.locator('[data-do=compare]').click();
    await page.locator('[data-verdict=clean]').waitFor();
    await site.direct.db.claim.deleteMany({ where: { eventId: event.id } });
    await page.locator('[data-do=compare]').click();
    await page.locator('[data-finding=missing_in_db]').waitFor();
    await inspect(page, 'console-reconcile');
    await page.locator('[data-do=repair]').click();
    await page.locator('[data-confirm]').click();
    await page.locator('[data-verdict=clean]').waitFor();
    expect(await stored(event.id)).toHaveLength(1);
  });
});

describe('people’s claims', () => {
  it('can be looked up, verified and exported', async () => {
    const event = await site.createEvent();
    const won = await site.api.client(tokenOf('user-1')).claim.submit.mutate({ eventId: event.id });
    const [row] = await waitFor(async () => ((await stored(event.id)).length === 1 ? stored(event.id) : null), {
      what: 'the claim in MySQL',
    });
    const code = row?.code ?? '';
    expect(won.status).toBe('issued');
    await using kim = await open(`#/events/${event.id}/claims?tab=one`);
    const { page } = kim;
    await signIn(page, 'operator');
    await page.locator('[data-form=look-up] input[name=value]').fill('user-1');
    await page.locator('[data-form=look-up] [type=submit]').click();
    expect(await page.locator('[data-claim=persisted]').textContent()).toContain(code);
    expect(await page.locator('[data-codes=masked]').count()).toBe(0);
    await page.locator('[data-tab=check]').click();
    for (const [name, value] of Object.entries({ userId: 'user-1', serial: '1', code })) {
      await page.locator(`[data-form=verify] input[name=${name}]`).fill(value);
    }
    await page.locator('[data-form=verify] [type=submit]').click();
    await page.locator('[data-genuine=true]').waitFor();
    await inspect(page, 'console-claims');
    await page.locator('[data-tab=export]').click();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('[data-form=export-claims] [type=submit]').click(),
    ]);
    const lines = readFileSync(await file.path(), 'utf8').split('\r\n');
    expect(lines[0]).toBe('event_id,round,serial,user_id,code,claimed_at,persisted_at');
    expect(lines[1]).toContain(`${event.id},1,1,user-1,${code},`);
    const { metrics } = site.api.client().admin;
    await waitFor(
      async () => (await metrics.export.query({ eventId: event.id })).rounds.some(({ answers }) => answers.length > 0),
      { what: 'the figures in MySQL' },
    );
    await page.goto(new URL('/admin#/exports', page.url()).href);
    await page.locator('[data-form=export-metrics] select').selectOption('prom');
    const [figures] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('[data-form=export-metrics] [type=submit]').click(),
    ]);
    const text = readFileSync(await figures.path(), 'utf8');
    expect(text).toContain(`firstcome_round_issued_claims{event="${event.id}"`);
    expect(text).toMatch(
      new RegExp(
        `firstcome_round_claim_duration_seconds_bucket{event="${event.id}".*outcome="issued",le="\\+Inf"} 1\n`,
      ),
    );
    await inspect(page, 'console-exports');
    await page.goto(new URL('/admin#/', page.url()).href);
    await page.locator('.events tbody tr').first().waitFor();
    await inspect(page, 'console-events');
  });

  it('show a viewer only a code’s first group, on the page, in the audit trail and in exported files', async () => {
    const event = await site.createEvent();
    await site.api.client(tokenOf('user-1')).claim.submit.mutate({ eventId: event.id });
    const [row] = await waitFor(async () => ((await stored(event.id)).length === 1 ? stored(event.id) : null), {
      what: 'the claim in MySQL',
    });
    const code = row?.code ?? '';
    const masked = `${code.slice(0, 4)}-****-****-****`;
    await using kim = await open(`#/events/${event.id}/claims?tab=one`);
    const { page } = kim;
    await signIn(page, 'viewer');
    await page.locator('[data-codes=masked]').waitFor();
    await page.locator('[data-form=look-up] input[name=value]').fill('user-1');
    await page.locator('[data-form=look-up] input[name=reason]').fill(`has ${code}`);
    await page.locator('[data-form=look-up] [type=submit]').click();
    expect(await page.locator('[data-claim=persisted]').textContent()).toContain(masked);
    expect(await page.locator('body').innerText()).not.toContain(code);
    await inspect(page, 'console-claims-masked');
    await page.locator('[data-tab=export]').click();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('[data-form=export-claims] [type=submit]').click(),
    ]);
    const [, line = ''] = readFileSync(await file.path(), 'utf8').split('\r\n');
    expect(line).toContain(`${event.id},1,1,user-1,${masked},`);
    await page.goto(new URL(`/admin#/audit?eventId=${event.id}`, page.url()).href);
    await expect.poll(() => page.locator('[data-entry="claim.show"]').textContent()).toContain(`has ${masked}`);
    expect(await page.locator('body').innerText()).not.toContain(code);
  });
});
