import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accentColours, contrast } from '../../web/shared/accent.ts';
import { inspect } from './inspect.ts';
import { only, openSite, type Site } from './site.ts';

let site: Site;
const pictures = 'https://images.shop.example';
beforeAll(async () => {
  site = await openSite({
    WEB_THEME: '{"shopName":"봄날상점","accentColor":"#ffd43b","radius":"square","font":"serif"}',
    WEB_IMAGE_ORIGINS: pictures,
  });
}, 600_000);
afterAll(() => site[Symbol.asyncDispose]());

const themes = [
  ['the installation’s, which is bright', undefined, '#ffd43b'],
  [
    'the event’s own, which is dark',
    { shopName: 'NIGHT', accentColor: '#101a44', radius: 'round' } as const,
    '#101a44',
  ],
] as const;

describe.each(themes)('with a theme (%s)', (_what, theme, accent) => {
  it('the event page is readable before the opening, open, won and sold out, in both languages, light and dark', async () => {
    const shop = theme?.shopName ?? '봄날상점';
    const { event, visitors } = await site.visitBefore(
      { stock: 1, opensInMs: 8_000, ...(theme && { theme }), terms: 'One each.', description: 'For all.' },
      [{}],
    );
    await using kim = only(visitors);
    await expect.poll(() => kim.page.title()).toBe(`Autumn sale · ${shop}`);
    expect(await kim.page.locator('.site').innerText()).toBe(shop);
    expect(await kim.page.evaluate<string>(`document.documentElement.style.getPropertyValue('--accent')`)).toBe(accent);
    await inspect(kim.page, `theme-${accent.slice(1)}-before`);
    await kim.sees('button');
    await inspect(kim.page, `theme-${accent.slice(1)}-open`);
    await kim.page.locator('[name=claim]').click();
    await kim.page.locator('[data-code=qr] svg').waitFor();
    await inspect(kim.page, `theme-${accent.slice(1)}-won`);
    await using lee = await site.visit(event.path);
    await lee.sees('sold_out');
    await inspect(lee.page, `theme-${accent.slice(1)}-sold-out`);
  });
});

it('an event’s theme can remove the header', async () => {
  const event = await site.createEvent({ theme: { header: false } });
  await using kim = await site.visit(event.path);
  await kim.sees('button');
  await expect.poll(() => kim.page.locator('.top').count()).toBe(0);
});

it.each([
  ['is shown if it comes from an allowed origin', pictures, true],
  ['is not requested if it comes from any other origin', 'https://elsewhere.example', false],
])('a picture %s', async (_what, origin, isShown) => {
  const asked: string[] = [];
  const event = await site.createEvent({ imageUrl: `${origin}/a.svg`, imageAlt: 'Leaves' });
  await using kim = await site.visit(event.path, {
    prepare: (context) =>
      context.route(/shop\.example|elsewhere\.example/, (route) => {
        asked.push(route.request().url());
        return route.fulfill({
          contentType: 'image/svg+xml',
          body: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 5"><path d="M0 0h9v5H0z"/></svg>',
        });
      }),
  });
  await kim.sees('button');
  await kim.page.locator('.event-name').waitFor();
  if (isShown) await expect.poll(() => asked).toEqual([`${origin}/a.svg`]);
  expect(asked).toHaveLength(isShown ? 1 : 0);
  expect(await kim.page.locator('.picture').count()).toBe(isShown ? 1 : 0);
  // Even if other code inserts the picture, the page's Content-Security-Policy blocks it.
  if (!isShown) {
    const blocked = `new Promise((done) => {
      const image = new Image();
      image.onerror = () => done(true);
      image.onload = () => done(false);
      image.src = '${origin}/b.svg';
    })`;
    expect(await kim.page.evaluate<boolean>(blocked)).toBe(true);
    expect(asked).toEqual([]);
  }
});

it('text has the contrast that WCAG requires, on any accent colour and in any accent colour', () => {
  const steps = ['00', '33', '66', '99', 'cc', 'ff'];
  const all = steps.flatMap((red) => steps.flatMap((green) => steps.map((blue) => `#${red}${green}${blue}`)));
  for (const accent of all) {
    const colours = accentColours(accent);
    const pairs = [
      [colours['--on-accent'], accent],
      [colours['--accent-ink-light'], '#f4f4f2'],
      [colours['--accent-ink-dark'], '#1b1e22'],
    ] as const;
    for (const [text, ground] of pairs) {
      expect([accent, text, ground, contrast(text, ground) >= 4.5]).toEqual([accent, text, ground, true]);
    }
  }
});

it('on a light page, a pale accent colour gives text the colour of the page and a strong one its own hue', () => {
  expect(accentColours('#ffd43b')['--accent-ink-light']).toBe('#16181d');
  expect(accentColours('#ffffff')['--accent-ink-light']).toBe('#16181d');
  expect(accentColours('#1f5fff')['--accent-ink-light']).toBe('#1f5fff');
  expect(accentColours('#ff6a00')['--accent-ink-light']).toMatch(/^#[a-f9]/u);
});
