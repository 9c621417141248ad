import { join } from 'node:path';
import type { Browser, Page, Route } from 'playwright-core';
import type { Answer, Call, State } from './states.ts';

export const sizes = [
  [320, 640],
  [390, 844],
  [844, 390],
  [1280, 800],
] as const;
export const schemes = ['light', 'dark'] as const;

type Drawing = { url: string; language: 'ko' | 'en'; theme: string; dir: string };

const locales = { ko: 'ko-KR', en: 'en-GB' } as const;
const token = `x.${Buffer.from(JSON.stringify({ sub: 'kim', exp: 4_000_000_000 })).toString('base64url')}.x`;
const identities = {
  in: `window.firstcome = { getToken: () => Promise.resolve('${token}') };`,
  out: `window.firstcome = { getToken: () => Promise.reject(new Error('nobody')), signIn() {} };`,
};

/** Draws one state in every size, light and dark. */
export async function drawState(
  browser: Browser,
  state: State,
  { url, language, theme, dir }: Drawing,
): Promise<string[]> {
  const context = await browser.newContext({
    locale: locales[language],
    timezoneId: 'Asia/Seoul',
    reducedMotion: 'reduce',
  });
  try {
    const page = await context.newPage();
    await page.route('**/identity.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: identities[state.signedOut === true ? 'out' : 'in'] }),
    );
    await page.route('**/trpc/**', (route) => answer(route, state));
    await page.goto(url + state.path);
    await prepare(page, state);
    const files: string[] = [];
    for (const [width, height] of sizes) {
      await page.setViewportSize({ width, height });
      for (const colorScheme of schemes) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        const file = `${state.name}.${theme}.${language}.${colorScheme}.${width}x${height}.png`;
        await page.screenshot({ path: join(dir, file), animations: 'disabled' });
        files.push(file);
      }
    }
    return files;
  } finally {
    await context.close();
  }
}

async function prepare(page: Page, state: State): Promise<void> {
  if (state.claims === true) {
    await page.locator('[data-shows=button]').waitFor();
    if (state.offline === true) await page.context().setOffline(true);
    await page.locator('[name=claim]').click();
  }
  await page
    .locator(state.ready)
    .first()
    .waitFor({ timeout: 15_000 })
    .catch(async (err: unknown) => {
      throw new Error(`${state.name} is not there: ${await page.locator('body').innerText()}`, { cause: err });
    });
}

async function answer(route: Route, state: State): Promise<void> {
  const path = new URL(route.request().url()).pathname.replace('/trpc/', '');
  if (path === 'clock.get') return reply(route, { data: { serverTime: new Date().toISOString() } });
  const given = state.answers[path as Call];
  if (given === 'never') return;
  await reply(route, given ?? { error: 'NOT_FOUND' });
}

async function reply(route: Route, given: Exclude<Answer, 'never'>): Promise<void> {
  if ('data' in given) return route.fulfill({ json: { result: { data: given.data } } });
  const status = given.error === 'NOT_FOUND' ? 404 : 503;
  const error = { code: -32_000, message: given.error, data: { code: given.error, httpStatus: status } };
  await route.fulfill({ status, json: { error } });
}
