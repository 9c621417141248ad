import type { Browser, Page, Route } from 'playwright-core';
import type { Answer, Call, State } from './states.ts';

const locales = { ko: 'ko-KR', en: 'en-GB' } as const;
const token = `x.${Buffer.from(JSON.stringify({ sub: 'kim', exp: 4_000_000_000 })).toString('base64url')}.x`;
const identities = {
  in: `window.firstcome = { getToken: () => Promise.resolve('${token}') };`,
  out: `window.firstcome = { getToken: () => Promise.reject(new Error('nobody')), signIn() {} };`,
};

/** Opens a page in the given state. The visitor has a new browser profile and prefers reduced motion. */
export async function openState(
  browser: Browser,
  state: State,
  { url, language }: { url: string; language: 'ko' | 'en' },
): Promise<Page & AsyncDisposable> {
  const context = await browser.newContext({
    ...{ locale: locales[language], timezoneId: 'Asia/Seoul', reducedMotion: 'reduce' },
  });
  try {
    const page = await context.newPage();
    await page.route('**/identity.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: identities[state.signedOut === true ? 'out' : 'in'] }),
    );
    await page.route('**/trpc/**', (route) => answer(route, state));
    await page.goto(url + state.path);
    await prepare(page, state);
    return Object.assign(page, { [Symbol.asyncDispose]: () => context.close() });
  } catch (error) {
    await context.close();
    throw error;
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
      throw new Error(`The page did not reach the state ${state.name}: ${await page.locator('body').innerText()}`, {
        cause: err,
      });
    });
}

async function answer(route: Route, state: State): Promise<void> {
  const path = new URL(route.request().url()).pathname.replace('/trpc/', '');
  if (path === 'clock.get') return reply(route, { data: { serverTime: new Date(state.nowMs()).toISOString() } });
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
