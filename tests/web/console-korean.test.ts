import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gateKey } from '../../core/redis/keys.ts';
import { tokenOf } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';
import { go, openConsole, signIn } from './console-visit.ts';
import { openSite, type Site, type SiteEvent } from './site.ts';

/** Visits every view of the Korean console while something is wrong in each. No English may be left. */
let site: Site;
let drifting: SiteEvent;
let lost: SiteEvent;
/** The id of an API key, which the audit trail shows. */
let keyId: string;
beforeAll(async () => {
  site = await openSite({ APPROVAL_AMOUNT: '50000' });
  drifting = await site.createEvent({ name: '봄맞이 할인', stock: 5 });
  for (const user of ['u-1', 'u-2', 'u-3']) {
    await site.api.client(tokenOf(user)).claim.submit.mutate({ eventId: drifting.id });
  }
  const { claim } = site.direct.db;
  await waitFor(async () => (await claim.count({ where: { eventId: drifting.id } })) === 3, {
    what: 'three stored claims',
  });
  await claim.deleteMany({ where: { eventId: drifting.id, serial: 2 } });
  lost = await site.createEvent({ name: '첫 구매 쿠폰', stock: 5 });
  await site.api.client(tokenOf('u-1')).claim.submit.mutate({ eventId: lost.id });
  await site.direct.redis.del(gateKey(lost.id));
  await site.createEvent({ name: '앱 전용 특가', amount: 90_000, opensInMs: 3_600_000 });
  const { apiKey } = site.api.client(tokenOf('boss', 'admin')).admin;
  ({ id: keyId } = await apiKey.create.mutate({ name: 'u-7', role: 'operator' }));
}, 600_000);
afterAll(() => site[Symbol.asyncDispose]());

/** Latin text that a Korean page may contain. */
const allowed: readonly RegExp[] = [
  // Names of products.
  /Firstcome|Redis|MySQL|Prometheus/g,
  // Names of formats and standards that Koreans write in Latin letters.
  /\b(API|JSON|CSV|ID|AOF|NTP|https?)\b/g,
  // Units, currencies and time zones.
  /(?<=\d)(ms|MB|KiB)|\b(KRW|USD|UTC|GMT|KST|Asia\/Seoul|Etc\/UTC)\b/g,
  // Names of strategies, of settings that operators look up, and of roles and actions in the audit trail.
  /\b(redis|db)-[a-z-]+\b|\b[A-Z]+(_[A-Z]+)+\b|\b[a-z]+(_[a-z]+)+\b|\b(appendonly|appendfsync|maxmemory)\b|\b[a-z]+(\.[a-z-]+)+\b/g,
  // The ids of users, requests and events. The test creates its events as the user `operator`.
  /\bu-\d\b|\bboss\b|\boperator\b|\b[A-Za-z0-9_-]{12,}\b/g,
  // The values of an event's line, as people type them and as the audit trail shows them.
  /\b(off|fifo|shuffle)\b/g,
  // Examples of codes and colours.
  /W45C-J29D-N8GV-9WM9|#[0-9a-f]{6}\b/g,
  // The button that changes the language to English.
  /\bEN\b|English/g,
];

/** Returns the visible text and the labels of a page. Leaves out text that is marked as code. */
const readPage = `(() => {
  const shown = [...document.querySelectorAll('body, body *')].filter((each) => each.closest('code, pre, script, style, option, [hidden], [aria-hidden=true]') === null);
  const own = (each) => [...each.childNodes].filter(({ nodeType }) => nodeType === 3).map(({ data }) => data).join(' ');
  const texts = shown.filter((each) => each.getClientRects().length > 0).map(own);
  const labels = shown.flatMap((each) => ['aria-label', 'title', 'placeholder', 'alt'].map((name) => each.getAttribute(name) ?? ''));
  return [...texts, ...labels].filter((text) => text.trim() !== '');
})()`;

async function latinOn(page: Page): Promise<string[]> {
  const texts = await page.evaluate<string[]>(readPage);
  expect(texts.join('')).toMatch(/[가-힣]/);
  const left = texts.map((text) =>
    allowed.reduce((rest, each) => rest.replaceAll(each, ''), text.replaceAll(keyId, '')),
  );
  return texts.filter((_, at) => /[A-Za-z]{2,}/.test(left[at] ?? ''));
}

const settled = async (page: Page): Promise<void> => {
  await page.locator('main h1').waitFor();
  await waitFor(async () => (await page.locator('main [data-loading]').count()) === 0, { what: 'a loaded view' });
};

it('no view in the Korean console contains English, even while something is wrong', async () => {
  await using visitor = await openConsole(site, '#/', { locale: 'ko-KR' });
  const { page } = visitor;
  const found: Record<string, string[]> = {};
  const read = async (view: string): Promise<void> => {
    const latin = await latinOn(page);
    if (latin.length > 0) found[view] = latin;
  };

  await page.locator('input[name=token]').fill('not.a.token');
  await page.keyboard.press('Enter');
  await page.locator('[role=alert]').waitFor();
  await read('a refused sign-in');
  await signIn(page, 'admin', 'boss');

  const { id } = drifting;
  const claims = ['', '?kind=accepted', '?kind=set_aside', '?tab=one', '?tab=check', '?tab=export'];
  for (const view of [
    ...['#/', '#/audit', '#/exports', `#/events/${id}`, `#/events/${id}/edit`, `#/create?from=${id}`],
    ...['#/calendar', '#/calendar?span=week', '#/approvals', '#/keys', `#/events/${id}/report`, '#/people'],
    ...['#/people?user=u-1', '#/people?user=u-9', '#/?q=u-9', ...claims.map((each) => `#/events/${id}/claims${each}`)],
  ]) {
    await go(page, view);
    await settled(page);
    await read(view);
  }
  await go(page, '#/keys');
  await page.locator('[data-do=create-key]').click();
  await page.locator('[role=dialog] [data-confirm]').waitFor();
  await read('a new API key');
  await page.keyboard.press('Escape');

  await go(page, `#/events/${lost.id}`);
  await page.locator('[data-shows=gate-lost]').waitFor();
  await page.locator('[data-armed=false] [data-state=problem]').first().waitFor();
  await read('an event without its gate');
  await page.locator('[data-do=reset]').click();
  await page.locator('[role=dialog]').waitFor();
  await read('a dialog');
  await page.keyboard.press('Escape');

  await go(page, `#/events/${drifting.id}/reconcile`);
  await page.locator('[data-do=compare]').click();
  await page.locator('[data-verdict=drift] [data-finding=missing_in_db]').waitFor();
  await read('findings of a reconcile');
  expect(await page.locator('[data-finding=missing_in_db]').textContent()).toMatch(/2번.*당첨자 목록에 있지만/s);

  await go(page, '#/events/no-such-event');
  await page.locator('main [role=alert]').waitFor();
  await read('an event that does not exist');
  expect(await page.locator('main [role=alert]').textContent()).toBe('no-such-event 이벤트를 찾을 수 없습니다.');

  await go(page, '#/create');
  await page.locator('main form [type=submit]').waitFor();
  await read('a new event');
  expect(found).toEqual({});
});
