import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { openState } from './open-state.ts';
import type { State } from './states.ts';

export const sizes = [
  [320, 640],
  [390, 844],
  [844, 390],
  [1280, 800],
] as const;
export const schemes = ['light', 'dark'] as const;

type Drawing = { url: string; language: 'ko' | 'en'; theme: string; dir: string };

/** Takes pictures of one state in every size, light and dark. Resolves to their file names. */
export async function drawState(browser: Browser, state: State, drawing: Drawing): Promise<string[]> {
  const { language, theme, dir } = drawing;
  await using page = await openState(browser, state, drawing);
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
}
