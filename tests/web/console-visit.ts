import type { Page } from 'playwright-core';
import { tokenOf } from '../support/system.ts';
import type { Site, Visitor, VisitOptions } from './site.ts';

export type ConsoleRole = 'viewer' | 'operator' | 'admin';

/** Opens the console for a visitor. The browser has no file picker, so exports are downloads. */
export const openConsole = (site: Site, hash = '', options: VisitOptions = {}): Promise<Visitor> =>
  site.visit(`/admin${hash}`, {
    viewport: { width: 1_000, height: 900 },
    prepare: (context) => context.addInitScript('delete window.showSaveFilePicker'),
    ...options,
  });

export async function signIn(page: Page, role: ConsoleRole, name: string = role): Promise<void> {
  await page.locator('input[name=token]').fill(tokenOf(name, role));
  await page.keyboard.press('Enter');
  await page.locator(`[data-role=${role}]`).waitFor();
}

/** Opens an action's dialog, fills in its fields, and confirms. */
export async function act(page: Page, action: string, fields: Record<string, string> = {}): Promise<void> {
  await page.locator(`[data-do=${action}]`).click();
  for (const [name, value] of Object.entries(fields)) {
    await page.locator(`[role=dialog] input[name=${name}]`).fill(value);
  }
  await page.locator('[role=dialog] [data-confirm]').click();
  await page.locator('[role=dialog]').waitFor({ state: 'detached' });
}

/** Opens a view without a reload, as a link within the console does. */
export const go = (page: Page, hash: string): Promise<unknown> =>
  page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
