import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { go, openConsole, signIn } from './console-visit.ts';
import { inspect } from './inspect.ts';
import { openSite, type Site } from './site.ts';

/** A form in the console must save exactly what the admin typed, and nothing else. */
let site: Site;
beforeAll(async () => {
  site = await openSite();
}, 600_000);
afterAll(() => site[Symbol.asyncDispose]());

const calls = () => site.api.client().admin.event;
const read = (eventId: string) => calls().get.query({ eventId });
const description = (page: Page) => page.locator('textarea[name=description]');
const anHourAhead = () => new Date(Date.now() + 3_600_000).toISOString();

async function edit(page: Page, eventId: string): Promise<void> {
  await go(page, `#/events/${eventId}/edit`);
  await description(page).waitFor();
}

async function save(page: Page): Promise<void> {
  await page.locator('main form [type=submit]').click();
  await page.locator('[data-phase]').waitFor();
}

describe('a description', () => {
  it('of three lines is saved as typed, and shown with its line breaks', async () => {
    const event = await site.createEvent({ opensInMs: 3_600_000 });
    await using kim = await openConsole(site);
    const { page } = kim;
    await signIn(page, 'operator');
    await edit(page, event.id);
    await description(page).focus();
    for (const line of ['Ten off', '  with a coat', 'until Sunday 🎉']) {
      await page.keyboard.insertText(line);
      if (!line.endsWith('🎉')) await page.keyboard.press('Enter');
    }
    await save(page);
    const typed = 'Ten off\n  with a coat\nuntil Sunday 🎉';
    expect((await read(event.id)).description).toBe(typed);
    const shown = page.locator('[data-shows=description]');
    expect(await shown.textContent()).toBe(typed);
    expect(await shown.evaluate((node: { innerText: string }) => node.innerText.split('\n').length)).toBe(3);

    await using reader = await site.visit(event.path);
    const seen = reader.page.locator('.description');
    expect(await seen.evaluate((node: { innerText: string }) => node.innerText.split('\n').length)).toBe(3);
  });

  it.each([
    ['a line end of Windows', 'One\r\nTwo\r\n\r\nThree'],
    ['spaces at the end of lines', 'One  \nTwo\t\n  '],
    ['empty lines before and after it', '\n\nOne\n\n'],
    ['emoji and Hangul', '👨‍👩‍👧 가족 할인\n🎉'],
    ['a lone carriage return', 'One\rTwo'],
    ['nothing in it', ''],
  ])('with %s stays byte for byte the same if another field is changed', async (_what, text) => {
    const create = { amount: 10_000, stock: 10, opensAt: anHourAhead(), description: text };
    const { id } = await calls().create.mutate({ name: 'Kept', ...create });
    await using kim = await openConsole(site);
    await signIn(kim.page, 'operator');
    await edit(kim.page, id);
    await kim.page.locator('input[name=name]').fill('Changed');
    // If a change is typed and then undone, the form must not save it.
    await description(kim.page).focus();
    await kim.page.keyboard.press('Control+End');
    await kim.page.keyboard.insertText('!');
    await kim.page.keyboard.press('Backspace');
    await save(kim.page);
    expect(await read(id)).toMatchObject({ name: 'Changed', description: text });
  });

  it('of a new event can have several lines too', async () => {
    await using kim = await openConsole(site, '#/create');
    const { page } = kim;
    await signIn(page, 'operator');
    for (const [name, value] of Object.entries({ name: 'New', amount: '5000', stock: '5', opensAt: anHourAhead() })) {
      await page.locator(`input[name=${name}]`).fill(value);
    }
    await description(page).fill('One\nTwo\nThree');
    await save(page);
    expect(await read(page.url().split('/').at(-1) ?? '')).toMatchObject({ description: 'One\nTwo\nThree' });
  });
});

describe('an event’s display fields', () => {
  it('can be set, shown and cleared, and have labels in both languages', async () => {
    const event = await site.createEvent({ name: 'Coats' });
    await using kim = await openConsole(site);
    const { page } = kim;
    await signIn(page, 'operator');
    await edit(page, event.id);
    const typed = {
      ...{ imageUrl: 'https://shop.example/가을.png', imageAlt: '단풍', useUrl: 'https://shop.example/use' },
      validUntil: '2099-12-31T23:59:59Z',
    };
    for (const [name, value] of Object.entries(typed)) await page.locator(`input[name=${name}]`).fill(value);
    await page.locator('textarea[name=terms]').fill('One each.\nNot for resale.');
    for (const label of ['Picture (https)', 'Terms of use', 'Valid until']) {
      expect(await page.getByRole('textbox', { name: label }).count()).toBe(1);
    }
    await inspect(page, 'console-page-fields');
    await save(page);
    const told = { ...typed, terms: 'One each.\nNot for resale.', validUntil: '2099-12-31T23:59:59.000Z' };
    expect(await read(event.id)).toMatchObject(told);
    expect(await page.locator('[data-shows=terms]').textContent()).toBe(told.terms);
    expect(await page.locator('main').textContent()).toContain(told.useUrl);

    await edit(page, event.id);
    for (const name of Object.keys(typed)) await page.locator(`input[name=${name}]`).fill('');
    await page.locator('textarea[name=terms]').fill('');
    await save(page);
    const none = { imageUrl: null, imageAlt: null, terms: null, useUrl: null, validUntil: null };
    expect(await read(event.id)).toMatchObject({ ...none, name: 'Coats' });
  });

  it('show the server’s error below the field that the server refused', async () => {
    const event = await site.createEvent();
    await using kim = await openConsole(site);
    const { page } = kim;
    await signIn(page, 'operator');
    await edit(page, event.id);
    await page.locator('input[name=useUrl]').fill('javascript:alert(1)');
    await page.locator('main form [type=submit]').click();
    await page.locator('input[name=useUrl][aria-invalid=true]').waitFor();
    expect(await page.locator('form').textContent()).toContain('begins with https://');
    expect((await read(event.id)).useUrl).toBeNull();
  });
});

describe('an open event’s stock', () => {
  it('can be reduced only after the admin types the event’s name, but can be raised without that', async () => {
    const event = await site.createEvent({ name: 'Coats', stock: 50 });
    await using kim = await openConsole(site);
    const { page } = kim;
    await signIn(page, 'operator');
    const stock = page.locator('input[name=stock]');
    await edit(page, event.id);
    await stock.fill('5');
    await page.locator('main form [type=submit]').click();
    const dialog = page.locator('[data-action=cut] [role=dialog]');
    await dialog.waitFor();
    expect(await dialog.textContent()).toMatch(/from 50 to 5, with 0 issued/);
    await inspect(page, 'console-cut', { switches: false });
    await dialog.locator('input[name=confirm]').fill('Coat');
    expect(await dialog.locator('[data-confirm]').isDisabled()).toBe(true);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await read(event.id)).toMatchObject({ stock: 50 });

    await page.locator('main form [type=submit]').click();
    await dialog.locator('input[name=confirm]').fill('Coats');
    await dialog.locator('[data-confirm]').click();
    await page.locator('[data-phase=open]').waitFor();
    expect(await read(event.id)).toMatchObject({ stock: 5 });

    await edit(page, event.id);
    await stock.fill('60');
    await save(page);
    expect(await read(event.id)).toMatchObject({ stock: 60 });
  });
});

describe('the currency field', () => {
  it('warns about an unknown code, shows the code that the server suggests, and does not block edits of old events with an unknown code', async () => {
    const event = await site.createEvent({ opensInMs: 3_600_000, name: 'Old' });
    // Events that were created before the server checked currency codes look like this.
    await site.direct.db.event.update({ where: { id: event.id }, data: { currency: 'WON' }, select: { id: true } });
    await using kim = await openConsole(site, '#/');
    const { page } = kim;
    await signIn(page, 'operator');
    await page.locator('.events tr', { hasText: 'Old' }).waitFor();
    await edit(page, event.id);
    expect(await page.locator('[data-preview=amount]').textContent()).toContain('10,000 WON');
    await page.locator('input[name=name]').fill('Renamed');
    await save(page);
    expect(await read(event.id)).toMatchObject({ name: 'Renamed', currency: 'WON', amount: 10_000 });
    expect(await page.locator('.facts').first().textContent()).toContain('10,000 WON');

    await edit(page, event.id);
    await page.locator('input[name=currency]').fill('YEN');
    await page.locator('main form [type=submit]').click();
    const field = page.locator('.mantine-InputWrapper-root', {
      has: page.locator('input[name=currency][aria-invalid=true]'),
    });
    expect(await field.textContent()).toContain('Did you mean JPY?');
    await page.locator('input[name=currency]').fill('KRW');
    await save(page);
    expect(await read(event.id)).toMatchObject({ currency: 'KRW' });
  });
});
