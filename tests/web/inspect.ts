import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { root } from '../support/processes.ts';

/** The folder for pictures of each state. `WEB_SCREENSHOTS` can name another folder. */
export const screenshots = process.env['WEB_SCREENSHOTS'] ?? join(root, 'tests/web/screenshots');

/**
 * Takes a picture in both languages, light and dark. Checks that axe finds no problem and that no text is in the wrong
 * language. Without `switches`, inspects only the current language and colours, because nothing behind an open dialog
 * can be clicked.
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

/** Test events have English names, so any Korean text comes from the page. */
async function speaks(page: Page, state: string, language: string): Promise<void> {
  const isKorean = /[가-힣]/.test(await page.locator('main').innerText());
  const lang = await page.evaluate<string>('document.documentElement.lang');
  expect({ state, lang, isKorean }).toEqual({ state, lang: language, isKorean: language === 'ko' });
}
