import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { schemes } from '../draw-state.ts';
import type { ConsoleState } from './console-states.ts';
import type { ConsoleSystem } from './open-console-system.ts';

/** People work in the console at a desk, and look at it on a phone. */
const sizes = [
  [1_280, 800],
  [390, 844],
] as const;
const locales = { ko: 'ko-KR', en: 'en-GB' } as const;
/** A picture of a whole page ends here, so that a long table stays small enough to look at. */
const heightMax = 2_000;

/** How long a page may take to show its state, on a busy machine. */
const limitMs = 60_000;

type Drawing = { system: ConsoleSystem; language: 'ko' | 'en'; dir: string };

/** Takes pictures of one state of the console at both sizes, light and dark. Resolves to their file names. */
export async function drawConsole(browser: Browser, state: ConsoleState, drawing: Drawing): Promise<string[]> {
  const { system, language, dir } = drawing;
  const [width, height] = sizes[0];
  const context = await browser.newContext({
    ...{ viewport: { width, height }, locale: locales[language], timezoneId: 'Asia/Seoul', reducedMotion: 'reduce' },
  });
  try {
    const page = await context.newPage();
    await open(page, state, system);
    const files: string[] = [];
    for (const [width, height] of sizes) {
      await page.setViewportSize({ width, height });
      for (const colorScheme of schemes) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        const file = `${state.name}.console.${language}.${colorScheme}.${width}x${height}.png`;
        await takePicture(page, state, join(dir, file));
        files.push(file);
      }
    }
    return files;
  } finally {
    await context.close();
  }
}

async function open(page: Page, state: ConsoleState, { url, tokenOf }: ConsoleSystem): Promise<void> {
  const { role = 'admin', hash, prepare, ready, name } = state;
  await page.goto(`${url}/admin${hash}`);
  try {
    if (role !== null) {
      await page.locator('input[name=token]').fill(tokenOf(role === 'admin' ? 'kim' : role, role));
      await page.keyboard.press('Enter');
      await page.locator(`[data-role=${role}]`).waitFor();
    }
    await prepare?.(page);
    await page.locator(ready).first().waitFor({ timeout: limitMs });
    await page.locator('main [data-loading]').first().waitFor({ state: 'detached' });
    await page.evaluate('document.fonts.ready');
  } catch (error) {
    const text = await page.locator('body').innerText();
    throw new Error(`The console did not reach the state ${name}: ${text}`, { cause: error });
  }
}

async function takePicture(page: Page, { firstScreen = false }: ConsoleState, path: string): Promise<void> {
  await page.evaluate('scrollTo(0, 0)');
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
  const whole = await page.evaluate<number>('document.documentElement.scrollHeight');
  const clip = { x: 0, y: 0, width, height: firstScreen ? height : Math.min(whole, heightMax) };
  await page.screenshot({ path, clip, fullPage: !firstScreen, animations: 'disabled' });
}
