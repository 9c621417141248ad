import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { root } from '../support/processes.ts';

/** Where pictures of each state are kept; `WEB_SCREENSHOTS` says otherwise. */
export const screenshots = process.env['WEB_SCREENSHOTS'] ?? join(root, 'tests/web/screenshots');

/**
 * In both languages, light and dark: takes a picture, and sees that axe finds nothing to complain about, and that no word of
 * the page is in another language than the chosen one. Without `switches`
 * in the language that is on: behind an open dialog nothing can be clicked.
 */
export async function inspect(page: Page, state: string, { switches = true } = {}): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  await page.evaluate(axe.source);
  for (const language of switches ? ['ko', 'en'] : ['en']) {
    if (switches) await page.locator(`.languages [lang=${language}]`).click();
    if (switches && !page.url().includes('/admin')) await speaks(page, state, language);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.screenshot({ path: join(screenshots, `${state}-${language}-${colorScheme}.png`) });
      const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
      const found = violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map((node) => node.html) }));
      expect({ state, language, colorScheme, found }).toEqual({ state, language, colorScheme, found: [] });
    }
  }
}

/** Events of the tests have English names, so what is Korean is the page's. */
async function speaks(page: Page, state: string, language: string): Promise<void> {
  const isKorean = /[가-힣]/.test(await page.locator('main').innerText());
  const lang = await page.evaluate<string>('document.documentElement.lang');
  expect({ state, lang, isKorean }).toEqual({ state, lang: language, isKorean: language === 'ko' });
}
