import { readFileSync } from 'node:fs';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenOf } from '../support/system.ts';
import { inspect } from './inspect.ts';
import { readCode } from './read-code.ts';
import { only, openSite, type Site, type Visitor } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
}, 600_000);
afterAll(() => site[Symbol.asyncDispose]());

const shop = 'https://shop.example';
const full = {
  ...{ description: 'For orders of ₩50,000 or more.', terms: 'One per person.\nNot transferable.' },
  ...{ useUrl: `${shop}/use`, imageUrl: `${shop}/autumn.svg`, imageAlt: 'Autumn leaves' },
  validUntil: new Date(Date.now() + 30 * 86_400_000).toISOString(),
};
const svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 5"><path d="M0 0h9v5H0z"/></svg>';

/** Answers requests for the shop's pictures, because the shop's server does not exist. */
const withPictures = (context: BrowserContext) =>
  context.route(`${shop}/**`, (route) => route.fulfill({ contentType: 'image/svg+xml', body: svg }));

const claim = async (visitor: Visitor): Promise<void> => {
  await visitor.sees('button');
  await visitor.page.locator('[name=claim]').click();
  await visitor.sees('coupon');
};

/** How many pixels of an element lie outside the screen. */
const outside = (page: Page, selector: string): Promise<number> =>
  page.evaluate<number>(`(() => {
    const { top, bottom, left, right } = document.querySelector('${selector}').getBoundingClientRect();
    return Math.max(0, -top, -left, bottom - innerHeight, right - innerWidth);
  })()`);

describe('the claim button', () => {
  it.each([
    [320, 640, 'ko-KR'],
    [320, 640, 'en-GB'],
    [844, 390, 'ko-KR'],
    [844, 390, 'en-GB'],
    [1280, 800, 'ko-KR'],
  ])(
    'is fully visible on a screen of %s x %s (%s) in every state that allows a claim',
    async (width, height, locale) => {
      const { event, visitors } = await site.visitBefore({ ...full, opensInMs: 5_000 }, [
        { locale, viewport: { width, height }, prepare: withPictures },
      ]);
      await using kim = only(visitors);
      const isWhole = async (state: string): Promise<void> => {
        await kim.sees(state);
        expect([state, await outside(kim.page, 'main button[name=claim]')]).toEqual([state, 0]);
      };
      await isWhole('before');
      await isWhole('button');
      expect(await kim.moved()).toEqual([]);
      await kim.page.route('**/trpc/claim.submit', (route) => route.fulfill({ status: 503, json: {} }));
      await kim.page.locator('[name=claim]').click();
      await isWhole('undecided');
      await kim.page.unroute('**/trpc/claim.submit');
      await kim.sees('coupon');
      expect(event.opensAtMs).toBeLessThan(Date.now());
    },
  );
});

describe('a won coupon', () => {
  it('shows its code as text before the drawing script has loaded, and then also as a QR code and a barcode', async () => {
    const event = await site.createEvent(full);
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    await using kim = await site.visit(event.path, {
      // Phones have this pixel ratio, so each code is as large as on a phone that a till's reader scans.
      deviceScaleFactor: 3,
      prepare: async (context) => {
        await withPictures(context);
        await context.route('**/assets/draw-codes*', async (route) => {
          await held;
          await route.continue();
        });
      },
    });
    await claim(kim);
    const code = await kim.code();
    expect(code).toMatch(/^[0-9A-Z-]{16,}$/);
    expect(await kim.page.locator('[data-code=qr] svg').count()).toBe(0);
    letGo();
    await kim.page.locator('[data-code=qr] svg').waitFor();
    expect(await readCode(kim.page.locator('[data-code=qr]'), 'QR_CODE')).toBe(code);
    expect(await readCode(kim.page.locator('[data-code=code128]'), 'CODE_128')).toBe(code);
  });

  it('shows its code before the confetti and the texts around the ticket, even on a slow phone', async () => {
    const event = await site.createEvent();
    await using kim = await site.visit(event.path, {
      prepare: (context) =>
        context.addInitScript({
          content: `new MutationObserver((_changes, observer) => {
            if (document.querySelector('.coupon .code') === null) return;
            observer.disconnect();
            // The browser draws the page right after this callback.
            requestAnimationFrame(() => {
              window.drawnWithCode = document.querySelectorAll('.confetti, .side, .details, [data-code=qr] svg').length;
            });
          }).observe(document, { subtree: true, childList: true });`,
        }),
    });
    const devtools = await kim.page.context().newCDPSession(kim.page);
    await kim.sees('button');
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: 8 });
    await claim(kim);
    await kim.page.locator('[data-code=qr] svg').waitFor();
    await kim.page.locator('.confetti i').first().waitFor({ state: 'attached' });
    expect(await kim.page.evaluate('drawnWithCode')).toBe(0);
  });

  it('shows its place in line, its last valid day and where to use it, and does not mention storage outside "Details"', async () => {
    const event = await site.createEvent({ ...full, name: 'Autumn' });
    await using kim = await site.visit(event.path, { prepare: withPictures });
    await claim(kim);
    await kim.page.locator('[data-code=qr] svg').waitFor();
    expect(await kim.page.locator('.place').textContent()).toBe('You were 1st in line.');
    const use = kim.page.locator('a.primary');
    expect([await use.getAttribute('href'), await use.getAttribute('rel')]).toEqual([full.useUrl, 'noopener']);
    expect(await kim.page.locator('.valid-until time').getAttribute('datetime')).toBe(full.validUntil);
    expect(await kim.page.locator('.terms').innerText()).toBe(full.terms);
    const words = await kim.page.locator('main').innerText();
    expect(words).not.toMatch(/database|stored|saved|persisted|server|books/i);
    await kim.page.locator('.coupon[data-state=persisted]').waitFor();
    await kim.page.locator('summary').click();
    expect(await kim.page.locator('.stored').innerText()).toBe('Confirmed and saved');
    await inspect(kim.page, 'won-full');
  });

  it('shows confetti, but no motion at all to people who prefer reduced motion', async () => {
    const moving = (page: Page): Promise<number> =>
      page.evaluate<number>(`document.getAnimations().filter((each) => each.playState === 'running').length`);
    const event = await site.createEvent();
    await using kim = await site.visit(event.path);
    await kim.page.emulateMedia({ reducedMotion: 'reduce' });
    await claim(kim);
    expect(await moving(kim.page)).toBe(0);
    expect(await kim.page.locator('.confetti').isVisible()).toBe(false);
    await kim.page.emulateMedia({ reducedMotion: 'no-preference' });
    expect(await kim.page.locator('.confetti').isVisible()).toBe(true);
  });

  it('is shown from the device’s storage while the device can’t reach the server', async () => {
    const event = await site.createEvent({ name: 'At the till' });
    await using kim = await site.visit(event.path);
    await claim(kim);
    const code = await kim.code();
    await kim.page.route('**/trpc/**', (route) => route.abort());
    await kim.page.route('**/demo/token', (route) => route.abort());
    await kim.page.reload();
    await kim.sees('coupon');
    expect(await kim.code()).toBe(code);
    await kim.page.locator('.from-device').waitFor();
    await inspect(kim.page, 'coupon-from-device');
  });

  it('can be opened without a network a few seconds after the win', async () => {
    const event = await site.createEvent({ name: 'In the cellar' });
    await using kim = await site.visit(event.path);
    await claim(kim);
    const code = await kim.code();
    await kim.page.locator('[data-kept=true]').waitFor();
    await kim.page.context().setOffline(true);
    await kim.page.reload();
    await kim.sees('coupon');
    expect(await kim.code()).toBe(code);
    await kim.page.locator('[data-code=qr] svg').waitFor();
  });

  it('is printed without buttons', async () => {
    const event = await site.createEvent(full);
    await using kim = await site.visit(event.path, { prepare: withPictures });
    await claim(kim);
    await kim.page.locator('[data-code=qr] svg').waitFor();
    await kim.page.emulateMedia({ media: 'print' });
    for (const shown of ['.code', '[data-code=qr] svg', '[data-code=code128] svg', '.terms', '.valid-until']) {
      expect([shown, await kim.page.locator(shown).isVisible()]).toEqual([shown, true]);
    }
    expect(await kim.page.locator('button:visible, .top:visible, a.primary:visible').count()).toBe(0);
  });
});

describe('a coupon on a device that several people use', () => {
  /** The site's identity script, which asks the test who is signed in. */
  const withIdentity = (context: BrowserContext) =>
    context.route('**/demo/identity.js', (route) =>
      route.fulfill({
        contentType: 'text/javascript',
        body: `window.firstcome = { getToken: async () => (await fetch('/who', { method: 'POST' })).json() };`,
      }),
    );
  const noNetwork = Symbol('no network');
  /** Sets what getToken() does: return a person's token, reject, or fail because the network is down. */
  const signs = async ({ page }: Visitor, who: string | null | typeof noNetwork): Promise<void> => {
    await page.unroute('**/who');
    if (who === noNetwork) {
      await page.route('**/who', (route) => route.abort());
      return;
    }
    const token = who === null ? null : tokenOf(who);
    // Text that is not JSON makes getToken() reject.
    await page.route('**/who', (route) => route.fulfill({ body: token === null ? 'nobody' : JSON.stringify(token) }));
  };
  const kept = ({ page }: Visitor): Promise<string[]> =>
    page.evaluate<string[]>(`Object.keys(localStorage).filter((key) => key.startsWith('firstcome:coupon:'))`);
  /** A visitor in whose browser kim has won a coupon. */
  const afterKim = async (): Promise<Visitor> => {
    const event = await site.createEvent({ name: 'Shared' });
    const visitor = await site.visit('/mine', { prepare: withIdentity });
    await signs(visitor, 'kim');
    await visitor.page.goto(new URL(event.path, visitor.page.url()).href);
    await claim(visitor);
    await expect.poll(() => kept(visitor)).toEqual([`firstcome:coupon:${event.id}`]);
    return visitor;
  };

  it('is removed before another visitor can see it, even if the server can’t be reached', async () => {
    await using visitor = await afterKim();
    const code = await visitor.code();
    await signs(visitor, 'lee');
    await visitor.page.reload();
    await visitor.sees('button');
    expect(await kept(visitor)).toEqual([]);
    await visitor.page.route('**/trpc/**', (route) => route.abort());
    await visitor.page.reload();
    await visitor.page.locator('[name=retry]').waitFor();
    expect(await visitor.page.content()).not.toContain(code);
  });

  it.each(['/mine', 'the event'])('is removed at the next visit to %s after a sign-out', async (where) => {
    await using visitor = await afterKim();
    const code = await visitor.code();
    await signs(visitor, null);
    if (where === '/mine') await visitor.page.goto(new URL(where, visitor.page.url()).href);
    else await visitor.page.reload();
    await visitor.page.locator('[name=sign-in]').waitFor();
    expect(await kept(visitor)).toEqual([]);
    expect(await visitor.page.content()).not.toContain(code);
  });

  it('is kept if the page can’t ask the site who is signed in', async () => {
    await using visitor = await afterKim();
    const code = await visitor.code();
    await signs(visitor, noNetwork);
    await visitor.page.route('**/trpc/**', (route) => route.abort());
    await visitor.page.reload();
    await visitor.sees('coupon');
    expect(await visitor.code()).toBe(code);
    expect(await kept(visitor)).toHaveLength(1);
  });
});

describe('the event page before the opening', () => {
  it('offers a calendar file in UTC, with an alarm ten minutes before the opening', async () => {
    const { event, visitors } = await site.visitBefore({ name: '가을; 쿠폰', listed: false, opensInMs: 30_000 }, [
      { locale: 'ko-KR' },
    ]);
    await using kim = only(visitors);
    const [download] = await Promise.all([
      kim.page.waitForEvent('download'),
      kim.page.locator('[name=calendar]').click(),
    ]);
    expect(download.suggestedFilename()).toBe('event.ics');
    const text = readFileSync(await download.path(), 'utf8');
    const { opensAt } = await site.api.client().event.get.query({ eventId: event.id });
    const utc = opensAt.replace(/[-:]|\.\d{3}/g, '');
    expect(text).toMatch(/^BEGIN:VCALENDAR\r\nVERSION:2\.0\r\n/);
    expect(text).toContain(`\r\nDTSTART:${utc}\r\n`);
    expect(text).toContain('\r\nSUMMARY:가을\\; 쿠폰\r\n');
    expect(text).toContain('\r\nTRIGGER:-PT10M\r\n');
    expect(text.replaceAll('\r\n ', '')).toContain(`URL:${kim.page.url()}`);
  });

  it('shares the event through the phone’s share sheet, without the visitor’s own data', async () => {
    const { event, visitors } = await site.visitBefore({ opensInMs: 30_000 }, [
      {
        prepare: (context) =>
          context.addInitScript('window.shared = []; navigator.share = async (what) => void shared.push(what);'),
      },
    ]);
    await using kim = only(visitors);
    await kim.page.locator('[name=share]').click();
    const { origin } = new URL(kim.page.url());
    await expect
      .poll(() => kim.page.evaluate<unknown[]>('shared'))
      .toEqual([{ title: event.name, url: `${origin}${event.path}` }]);
  });

  it('labels the units of the countdown, and highlights the last ten seconds', async () => {
    const { visitors } = await site.visitBefore({ opensInMs: 8_000 }, [{}]);
    await using kim = only(visitors);
    await kim.page.locator('[data-last=true]').waitFor();
    const units = `[...document.querySelectorAll('.digits')].map(({ dataset }) => dataset.unit)`;
    expect(await kim.page.evaluate<string[]>(units)).toEqual(['hours', 'min', 'sec']);
    await inspect(kim.page, 'last-seconds');
  });
});

describe('a visitor who is not signed in', () => {
  it('can sign in through the shop’s own login, and then get the coupon', async () => {
    const event = await site.createEvent();
    const script = (token: string) => `window.firstcome = {
      getToken: () => sessionStorage.signedIn ? Promise.resolve(${JSON.stringify(token)}) : Promise.reject(new Error('nobody')),
      signIn: ({ returnTo }) => { sessionStorage.signedIn = returnTo; },
    };`;
    const { token } = (await (
      await fetch(`${site.api.url}/demo/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"visitor":"park"}',
      })
    ).json()) as { token: string };
    await using kim = await site.visit(event.path, {
      prepare: (context) =>
        context.route('**/demo/identity.js', (route) =>
          route.fulfill({ contentType: 'text/javascript', body: script(token) }),
        ),
    });
    await kim.sees('sign_in');
    await inspect(kim.page, 'sign-in');
    expect(await kim.page.locator('[name=sign-in]').innerText()).toBe('Sign in');
    await kim.page.locator('[name=sign-in]').click();
    await claim(kim);
    expect(await kim.page.evaluate<string>('sessionStorage.signedIn')).toBe(kim.page.url());
  });
});

describe('if the server does not answer, or the event does not exist,', () => {
  it('the page says that the server does not answer, keeps trying, and tries at once if the visitor asks', async () => {
    const event = await site.createEvent({ name: 'Still there' });
    await using kim = await site.visit('/mine');
    let asked = 0;
    await kim.page.route('**/trpc/event.get*', (route) => {
      asked += 1;
      return route.fulfill({ status: 503, headers: { 'retry-after': '1' }, json: {} });
    });
    await kim.page.goto(new URL(event.path, kim.page.url()).href);
    await kim.page.locator('[name=retry]').waitFor();
    await inspect(kim.page, 'trouble');
    const before = asked;
    await expect.poll(() => asked, { timeout: 30_000 }).toBeGreaterThan(before);
    await kim.page.unroute('**/trpc/event.get*');
    await kim.page.locator('[name=retry]').click();
    await kim.sees('button');
  });

  it('the event’s page links to the list of events', async () => {
    await site.createEvent({ name: 'Another one' });
    await using kim = await site.visit('/e/not-there');
    await kim.page.locator('.next-events a').first().waitFor();
    await inspect(kim.page, 'not-found');
  });
});

it('visitors who come after the sell-out see how fast the coupons went, and which events come next', async () => {
  await site.createEvent({ name: 'Another chance', opensInMs: 3_600_000 });
  const event = await site.createEvent({ stock: 1 });
  await using kim = await site.visit(event.path);
  await claim(kim);
  await using lee = await site.visit(event.path);
  await lee.sees('sold_out');
  await expect.poll(() => lee.page.locator('.notice').innerText()).toMatch(/1 coupon went in \d/);
  const links = lee.page.locator('.next-events a');
  await links.first().waitFor();
  const hrefs = await lee.page.evaluate<string[]>(
    `[...document.querySelectorAll('.next-events a')].map((link) => link.getAttribute('href'))`,
  );
  expect(hrefs.length).toBeGreaterThan(0);
  expect(hrefs).not.toContain(event.path);
});

it('the list of coupons shows the time until which each coupon is valid, and marks expired coupons', async () => {
  const event = await site.createEvent({ name: 'Until then', validUntil: full.validUntil });
  await using kim = await site.visit(event.path);
  await claim(kim);
  await kim.page.locator('.coupon[data-state=persisted]').waitFor();
  await kim.page.goto(new URL('/mine', kim.page.url()).href);
  const item = kim.page.locator('.coupons > li').filter({ hasText: 'Until then' });
  expect(await item.locator('.valid-until time').getAttribute('datetime')).toBe(full.validUntil);
  expect(await item.locator('.stamp').count()).toBe(0);
});

describe('the list of events', () => {
  it('marks events for which the visitor has a coupon, and is linked from an empty list of coupons', async () => {
    const event = await site.createEvent({ name: 'Mine' });
    await using kim = await site.visit('/mine');
    await kim.page.locator('.message a.primary').waitFor();
    await inspect(kim.page, 'mine-empty');
    await kim.page.goto(new URL(event.path, kim.page.url()).href);
    await claim(kim);
    await kim.page.locator('.coupon[data-state=persisted]').waitFor();
    await kim.page.goto(new URL('/', kim.page.url()).href);
    const item = kim.page.locator('.events > li').filter({ hasText: 'Mine' });
    await item.locator('.have').waitFor();
    expect(await kim.page.locator('.events .have').count()).toBe(1);
  });
});
