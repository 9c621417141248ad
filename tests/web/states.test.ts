import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../../scripts/browser/chromium.ts';
import { openState } from '../../scripts/gallery/open-state.ts';
import { openPageServer, type PageServer, type ThemeName } from '../../scripts/gallery/page-server.ts';
import { galleryStates } from '../../scripts/gallery/states.ts';
import { ensureWebPages } from '../../scripts/launch/web-pages.mjs';
import { root } from '../support/processes.ts';

/**
 * Opens each state of the pages, which the gallery draws from prepared answers instead of the API's. The other tests in
 * this folder reach the states in the real system.
 */
type Words = readonly [ko: string[], en: string[]];

const said: Record<string, Words> = {
  before: [
    ['오픈까지', '오픈 예정', '12월', '1,000장 · 1인 1장', '10,000원 할인', '사용 기한', '캘린더에 추가', '공유하기'],
    ['Opens in', 'Opening soon', '1,000, one per person', '₩10,000 off', 'Valid until', 'Add to calendar', 'Share'],
  ],
  'before-bare': [['오픈 예정'], ['Opening soon']],
  'before-days': [
    ['오픈까지', '종료'],
    ['Opens in', 'Ends'],
  ],
  'last-seconds': [['오픈까지'], ['Opens in']],
  open: [
    ['쿠폰 받기', '1,000장 중 640장 남음'],
    ['Get the coupon', '640 of 1,000 left'],
  ],
  'open-low': [
    ['쿠폰 받기', '64장 남음', '소진 임박'],
    ['Get the coupon', '64 of', 'Almost gone'],
  ],
  asking: [['쿠폰을 신청하고 있습니다'], ['Claiming']],
  undecided: [
    ['결과를 확인하고 있습니다', '중복으로 발급되지'],
    ['Still checking', 'won’t get two'],
  ],
  offline: [['인터넷에 연결되어 있지 않습니다'], ['You’re offline']],
  'won-fresh': [
    ['쿠폰을 받았습니다!', '37번째로', 'W45C-9K2M-7QXT-3HJD', '쿠폰 사용하기', '복사'],
    ['You got it!', '37th', 'W45C-9K2M-7QXT-3HJD', 'Use the coupon', 'Copy'],
  ],
  won: [
    ['내 쿠폰', '사용 기한', '유의 사항', '매장에서'],
    ['Your coupon', 'Valid until', 'Terms', 'till'],
  ],
  'won-bare': [
    ['내 쿠폰', 'W45C-9K2M-7QXT-3HJD'],
    ['Your coupon', 'W45C-9K2M-7QXT-3HJD'],
  ],
  'won-expired': [['기한 만료'], ['Expired']],
  'sold-out': [
    ['쿠폰이 모두 소진되었습니다', '1.84초 만에', '다른 이벤트'],
    ['All coupons are gone', 'in 1.84 s', 'More events'],
  ],
  paused: [['이벤트가 잠시 중단되었습니다'], ['On hold for a moment']],
  closed: [['종료된 이벤트입니다'], ['This event has ended']],
  'sign-in': [
    ['로그인이 필요합니다', '로그인'],
    ['Please sign in', 'Sign in'],
  ],
  trouble: [
    ['연결이 원활하지 않습니다', '지금 다시 시도'],
    ['We can’t reach the server', 'Try again now'],
  ],
  'not-found': [
    ['이벤트를 찾을 수 없습니다', '다른 이벤트'],
    ['We couldn’t find this event', 'More events'],
  ],
  embed: [['오픈까지'], ['Opens in']],
  list: [
    ['이벤트', '진행 중', '받은 쿠폰', '오픈까지', '1.84초 만에'],
    ['Events', 'Open now', 'You have it', 'Opens in', 'in 1.84 s'],
  ],
  'list-empty': [['진행 중인 이벤트가 없습니다'], ['No events right now']],
  mine: [
    ['내 쿠폰', '사용 기한', '기한 만료', '37번째'],
    ['My coupons', 'Valid until', 'Expired', '37th'],
  ],
  'mine-empty': [['아직 받은 쿠폰이 없습니다'], ['No coupons yet']],
};

let browser: Awaited<ReturnType<typeof openBrowser>>;
const servers = new Map<ThemeName, PageServer>();
beforeAll(async () => {
  await ensureWebPages(root, process.execPath, (line) => console.error(line));
  browser = await openBrowser();
  for (const theme of ['plain', 'bright'] as const) servers.set(theme, await openPageServer(root, theme));
}, 600_000);
afterAll(async () => {
  await browser.close();
  for (const server of servers.values()) await server[Symbol.asyncDispose]();
});

/** Opens a state in a new page, because a state's times count from the moment at which it is opened. */
async function open(name: string, language: 'ko' | 'en', theme: ThemeName) {
  const server = servers.get(theme);
  const state = galleryStates(language, server?.pictureUrl ?? '').find((each) => each.name === name);
  if (server === undefined || state === undefined) throw new Error(`There is no state ${name}.`);
  return openState(browser, state, { url: server.url, language });
}

it('the table of expected texts has every state that the gallery draws', () => {
  expect(Object.keys(said).toSorted()).toEqual(
    galleryStates('ko', '')
      .map(({ name }) => name)
      .toSorted(),
  );
});

describe.each([
  ['ko', 'plain', 0],
  ['en', 'bright', 1],
] as const)('in the language %s and the theme %s,', (language, theme, at) => {
  it.each(Object.keys(said))(
    'the state %s has its texts, is accessible, fits a phone, has no animation, needs no mouse and can be printed',
    async (name) => {
      await using page = await open(name, language, theme);
      const text = (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ');
      for (const words of said[name]?.[at] ?? []) expect(text).toContain(words);
      if (language === 'en') expect(text).not.toMatch(/[가-힣]/);

      expect(await problems(page)).toEqual([]);
      await page.setViewportSize({ width: 320, height: 640 });
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);

      expect(await page.evaluate('document.getAnimations().length')).toBe(0);
      const { wanted, reached, ringless } = await tabThrough(page);
      expect(reached).toEqual(wanted);
      expect(ringless).toEqual([]);

      await page.emulateMedia({ media: 'print' });
      expect(await page.locator('button:visible, .top:visible, a.primary:visible').count()).toBe(0);
      const codes = page.locator('.code');
      expect(await codes.locator('visible=true').count()).toBe(await codes.count());
    },
  );
});

/** Returns the problems that axe finds. In dark mode, checks only the colours, because nothing else differs. */
async function problems(page: Page): Promise<unknown[]> {
  await page.evaluate(axe.source);
  const found: unknown[] = [];
  for (const [colorScheme, run] of [
    ['light', 'axe.run()'],
    ['dark', `axe.run({ runOnly: ['color-contrast'] })`],
  ] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await page.evaluate<axe.AxeResults>(run);
    found.push(...violations.map(({ id, nodes }) => ({ colorScheme, id, nodes: nodes.map(({ html }) => html) })));
  }
  return found;
}

type Tabbed = { wanted: string[]; reached: string[]; ringless: string[] };

/** Presses Tab once for each control. `ringless` lists the controls that had the focus without a visible outline. */
async function tabThrough(page: Page): Promise<Tabbed> {
  const presses = await page.evaluate<number>(`(() => {
    const name = (each) => each.tagName + ' ' + (each.name || each.textContent);
    const wanted = [...document.querySelectorAll('a[href], button:enabled, summary, [tabindex="0"]')]
      .filter((each) => each.checkVisibility()).map(name);
    window.tabbed = { wanted, reached: [], ringless: [] };
    const start = document.createElement('i');
    start.tabIndex = -1;
    document.body.prepend(start);
    start.focus();
    document.addEventListener('focusin', ({ target }) => {
      tabbed.reached.push(name(target));
      if (getComputedStyle(target).outlineStyle === 'none') tabbed.ringless.push(name(target));
    });
    return wanted.length;
  })()`);
  for (let pressed = 0; pressed < presses; pressed += 1) await page.keyboard.press('Tab');
  return page.evaluate<Tabbed>('tabbed');
}
