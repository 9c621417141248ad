import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { go, openConsole, signIn } from './console-visit.ts';
import { inspect } from './inspect.ts';
import { openSite, type Site } from './site.ts';

/**
 * How admins fill in an event's form: how they write numbers and times, make mistakes, use the preview, and leave the
 * form.
 */
let site: Site;
beforeAll(async () => {
  site = await openSite();
}, 600_000);
afterAll(() => site[Symbol.asyncDispose]());

const read = (eventId: string) => site.api.client().admin.event.get.query({ eventId });
const input = (page: Page, name: string) => page.locator(`[name="${name}"]`);
const submit = (page: Page) => page.locator('main form [type=submit]').click();
const wrong = (page: Page) =>
  page.evaluate<string[]>(`[...document.querySelectorAll('main form [aria-invalid=true]')].map((each) => each.name)`);
const wide = { viewport: { width: 1_280, height: 900 } };

describe('an event’s form', () => {
  it('accepts numbers and times as people write them, and shows how it reads them', async () => {
    await using kim = await openConsole(site, '#/create', { ...wide, locale: 'ko-KR' });
    const { page } = kim;
    await signIn(page, 'operator');
    await input(page, 'name').fill('가을 할인');
    await input(page, 'amount').fill('1만 5천');
    await input(page, 'stock').fill('10,000');
    await input(page, 'timeZone').fill('Asia/Seoul');
    await input(page, 'opensAt').fill('2099. 12. 1. 오전 10:00');
    await input(page, 'closesAt').fill('2099-12-01 18:00');
    await input(page, 'name').focus();
    expect(await input(page, 'amount').inputValue()).toBe('15,000');
    expect(await input(page, 'opensAt').inputValue()).toBe('2099-12-01 10:00');
    expect(await page.locator('[data-preview=opensAt]').textContent()).toMatch(/UTC\+09:00.*일 후.*내 시간대/);
    expect(await page.locator('[data-preview=amount]').textContent()).toContain('15,000');
    await submit(page);
    await page.locator('[data-phase=scheduled]').waitFor();
    expect(await read(page.url().split('/').at(-1) ?? '')).toMatchObject({
      ...{ name: '가을 할인', amount: 15_000, stock: 10_000 },
      ...{ opensAt: '2099-12-01T01:00:00.000Z', closesAt: '2099-12-01T09:00:00.000Z' },
    });
  });

  it('shows all mistakes at once, each at its field, and removes each message once the mistake is corrected', async () => {
    await using kim = await openConsole(site, '#/create', wide);
    const { page } = kim;
    await signIn(page, 'operator');
    await input(page, 'amount').fill('10,00');
    await input(page, 'useUrl').fill('shop.example');
    expect(await wrong(page)).toEqual(['amount']);
    await submit(page);
    await expect.poll(() => wrong(page)).toEqual(['name', 'amount', 'stock', 'opensAt', 'useUrl']);
    await expect.poll(() => page.evaluate('document.activeElement.name')).toBe('name');
    expect(await page.locator('[data-shows=to-fix] li').count()).toBe(5);
    await inspect(page, 'console-form-mistakes');
    await page.locator('[data-shows=to-fix] button', { hasText: 'Stock' }).click();
    expect(await page.evaluate('document.activeElement.name')).toBe('stock');
    await page.keyboard.insertText('50');
    expect(await wrong(page)).toEqual(['name', 'amount', 'opensAt', 'useUrl']);
    const mended = { name: 'Mended', amount: '1000', opensAt: '2099-12-01 10:00', useUrl: 'https://shop.example/' };
    for (const [name, value] of Object.entries(mended)) await input(page, name).fill(value);
    expect(await wrong(page)).toEqual([]);
    expect(await page.locator('[data-shows=to-fix]').count()).toBe(0);
  });

  it('shows each of the server’s errors at its field, until that field is changed', async () => {
    await using kim = await openConsole(site, '#/create', wide);
    const { page } = kim;
    await signIn(page, 'operator');
    // Only the server checks this rule.
    const typed = { name: 'Odd', amount: '1000', stock: '5', opensAt: '2099-12-01 10:00', imageAlt: 'a\u007fb' };
    for (const [name, value] of Object.entries(typed)) await input(page, name).fill(value);
    await submit(page);
    await expect.poll(() => wrong(page)).toEqual(['imageAlt']);
    expect(await page.locator('[data-shows=to-fix] li').textContent()).toContain('control characters');
    await input(page, 'imageAlt').fill('ab');
    expect(await wrong(page)).toEqual([]);
    expect(await page.locator('main form [role=alert]').count()).toBe(0);
  });

  it('lets people pick a date and time in the event’s zone from a calendar, also by keyboard', async () => {
    await using kim = await openConsole(site, '#/create', wide);
    const { page } = kim;
    await signIn(page, 'operator');
    await input(page, 'timeZone').fill('Asia/Seoul');
    await input(page, 'opensAt').fill('2099-12-01 10:00');
    await page.locator('[data-opens=opensAt]').focus();
    await page.keyboard.press('Enter');
    const calendar = page.locator('[data-calendar=opensAt]');
    await calendar.waitFor();
    await inspect(page, 'console-calendar', { switches: false });
    await calendar.getByRole('button', { name: '24 December 2099' }).click();
    await calendar.getByRole('button', { name: '20:00' }).click();
    await page.locator('[data-do=picked]').click();
    await calendar.waitFor({ state: 'detached' });
    expect(await input(page, 'opensAt').inputValue()).toBe('2099-12-24 20:00');
    expect(await page.locator('[data-preview=opensAt]').textContent()).toContain('UTC+09:00');
  });
});

describe('the preview next to the form', () => {
  it('shows the event’s page with the typed texts and theme, in the reader’s language', async () => {
    await using kim = await openConsole(site, '#/create', wide);
    const { page } = kim;
    await signIn(page, 'operator');
    const shown = page.frameLocator('.preview-frame');
    await input(page, 'name').fill('Coats');
    await input(page, 'amount').fill('12,000');
    await page.locator('textarea[name=description]').fill('One\nTwo');
    await page.locator('textarea[name=terms]').fill('One each.');
    await input(page, 'theme.shopName').fill('Kim’s');
    await input(page, 'theme.accentColor').fill('#15803d');
    await expect.poll(() => shown.locator('h1').textContent()).toBe('Coats');
    await expect.poll(() => shown.locator('.ticket').textContent()).toContain('12,000');
    expect(await shown.locator('.terms').textContent()).toBe('One each.');
    expect(await shown.locator('.site').textContent()).toBe('Kim’s');
    await expect.poll(() => shown.locator('html').getAttribute('style')).toContain('#15803d');
    await page.locator('.page-preview label', { hasText: 'With a coupon' }).click();
    await shown.locator('[data-shows=coupon]').waitFor();
    await input(page, 'useUrl').fill('https://shop.example/use');
    await shown.locator('a.primary').waitFor();
    await page.locator('.languages [lang=ko]').click();
    await expect.poll(() => shown.locator('html').getAttribute('lang')).toBe('ko');
    await inspect(page, 'console-form-preview');
  });

  it('can’t be framed by another site, does not load the shop’s script, and is not allowed as a frame in the page for users', async () => {
    const answer = await fetch(`${site.api.url}/admin/preview`);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("frame-ancestors 'self'");
    expect(policy).toContain("script-src 'self';");
    expect(await answer.text()).not.toContain('identity.js');
    const console_ = await fetch(`${site.api.url}/admin`);
    expect(console_.headers.get('content-security-policy')).toContain("frame-src 'self'");
    const users = await fetch(`${site.api.url}/`);
    expect(users.headers.get('content-security-policy')).not.toContain('frame-src');
  });
});

describe('a copy of an event', () => {
  it('fills the form, moves the times into the future, and is saved as a new event', async () => {
    const opensAt = new Date(Date.now() - 3_600_000).toISOString();
    const event = await site.createEvent({ name: 'Every week', stock: 70, terms: 'One each.', timeZone: 'Asia/Seoul' });
    await using kim = await openConsole(site, `#/create?from=${event.id}`, wide);
    const { page } = kim;
    await signIn(page, 'operator');
    await expect.poll(() => input(page, 'name').inputValue()).toBe('Every week');
    expect(await page.locator('main').textContent()).toContain(
      'This is a copy of Every week. Its times are one week later.',
    );
    expect(await input(page, 'stock').inputValue()).toBe('70');
    await submit(page);
    await page.locator('[data-phase=scheduled]').waitFor();
    const copy = await read(page.url().split('/').at(-1) ?? '');
    expect(copy.id).not.toBe(event.id);
    expect(copy).toMatchObject({ name: 'Every week', stock: 70, terms: 'One each.', issued: 0 });
    expect(Date.parse(copy.opensAt)).toBeGreaterThan(Date.parse(opensAt));
  });
});

describe('leaving a form', () => {
  it('needs a confirmation if the form has unsaved text, whether by a link, by the Back button or by closing the tab', async () => {
    await using kim = await openConsole(site, '#/', wide);
    const { page } = kim;
    await signIn(page, 'operator');
    await go(page, '#/create');
    await input(page, 'name').fill('Half');
    const dialog = page.locator('[data-action=leave] [role=dialog]');
    await page.goBack();
    await dialog.waitFor();
    await dialog.getByRole('button', { name: 'Stay here' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await input(page, 'name').inputValue()).toBe('Half');
    await page.locator('nav a[href="#/audit"]').click();
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await input(page, 'name').inputValue()).toBe('Half');
    const asked = new Promise<string>((resolve) => {
      page.once('dialog', (native) => {
        resolve(native.type());
        void native.dismiss();
      });
    });
    await page.close({ runBeforeUnload: true });
    expect(await asked).toBe('beforeunload');
    await page.locator('nav a[href="#/audit"]').click();
    await dialog.getByRole('button', { name: 'Leave' }).click();
    await page.locator('[data-form=audit-filter]').waitFor();
  });

  it('leaves the browser’s history as it was if the admin stays, so that one press of Back always leads back', async () => {
    await using kim = await openConsole(site, '#/', wide);
    const { page } = kim;
    await signIn(page, 'operator');
    await go(page, '#/people');
    await go(page, '#/create');
    await input(page, 'name').fill('Half');
    const dialog = page.locator('[data-action=leave] [role=dialog]');
    for (const leave of [() => page.locator('nav a[href="#/audit"]').click(), () => page.evaluate('history.back()')]) {
      await leave();
      await dialog.waitFor();
      await page.waitForURL('**/admin#/create');
      await dialog.getByRole('button', { name: 'Stay here' }).click();
      await dialog.waitFor({ state: 'detached' });
    }
    await page.evaluate('history.back()');
    await dialog.waitFor();
    await dialog.getByRole('button', { name: 'Leave' }).click();
    await page.waitForURL('**/admin#/people');
    await page.locator('[data-form=person]').waitFor();
    await page.evaluate('history.back()');
    await page.waitForURL('**/admin#/');
    await page.evaluate('history.go(2)');
    await page.waitForURL('**/admin#/create');
    expect(await input(page, 'name').inputValue()).toBe('');
  });

  it('needs no confirmation if nothing was typed', async () => {
    const event = await site.createEvent({ name: 'Calm' });
    await using kim = await openConsole(site, `#/events/${event.id}/edit`, wide);
    const { page } = kim;
    await signIn(page, 'operator');
    await input(page, 'name').waitFor();
    await page.locator('nav a[href="#/audit"]').click();
    await page.locator('[data-form=audit-filter]').waitFor();
  });
});

describe('warnings', () => {
  it.each([
    ['en-GB', 'Is this what you mean?', 'very small'],
    ['ko-KR', '다시 한번 확인해 주세요', '아주 작습니다'],
  ])('are in the reader’s language, and mention no store and no command (%s)', async (locale, title, says) => {
    await using kim = await openConsole(site, '#/create', { ...wide, locale });
    const { page } = kim;
    await signIn(page, 'operator');
    await input(page, 'amount').fill('10');
    await input(page, 'stock').fill('2,000,000');
    await page.locator('[data-warning=stockFar]').waitFor();
    const told = (await page.locator('[data-warnings]').textContent()) ?? '';
    expect(told).toContain(title);
    expect(told).toContain(says);
    expect(told).not.toMatch(/redis|mysql|`|--/i);
  });
});
