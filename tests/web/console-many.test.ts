import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenOf } from '../support/system.ts';
import { go, openConsole, signIn } from './console-visit.ts';
import { inspect } from './inspect.ts';
import { createManyEvents } from '../../scripts/gallery/console/many-events.ts';
import { openSite, type Site } from './site.ts';

/**
 * The console with 66 events in all phases. To look at it, set `WEB_SCREENSHOTS` to a folder for the pictures.
 * `CONSOLE_VIEWS` selects views, as in `CONSOLE_VIEWS=list,sale`.
 */
let site: Site;
let views: Record<string, string>;
beforeAll(async () => {
  site = await openSite({ APPROVAL_AMOUNT: '80000' });
  const events = await createManyEvents({ client: (token) => site.api.client(token), tokenOf });
  const idOf = (kind: string): string => events.findLast((event) => event.kind === kind)?.id ?? '';
  views = {
    ...{ list: '#/', calendar: '#/calendar', approvals: '#/approvals', keys: '#/keys' },
    ...{ create: '#/create', audit: '#/audit', exports: '#/exports' },
    ...{ open: `#/events/${idOf('open')}`, soldout: `#/events/${idOf('sold_out')}` },
    ...{ scheduled: `#/events/${idOf('scheduled')}`, edit: `#/events/${idOf('scheduled')}/edit` },
    ...{ claims: `#/events/${idOf('open')}/claims`, reconcile: `#/events/${idOf('open')}/reconcile` },
  };
}, 600_000);
afterAll(() => site[Symbol.asyncDispose]());

const wanted = process.env['CONSOLE_VIEWS']?.split(',');

describe('the console with 66 events', () => {
  it.each([
    ['desk', 1_280, 900],
    ['phone', 390, 844],
  ])('fits the width of a %s and passes axe in every view', async (size, width, height) => {
    await using kim = await openConsole(site, '#/', { viewport: { width, height } });
    const { page } = kim;
    await signIn(page, 'admin', 'boss');
    for (const [name, hash] of Object.entries(views)) {
      if (wanted !== undefined && !wanted.includes(name)) continue;
      await go(page, hash);
      await page.locator('main h1').waitFor();
      await expect.poll(() => page.locator('[data-loading]').count()).toBe(0);
      await inspect(page, `console-many-${name}-${size}`);
      const wider = await page.evaluate<string[]>(`document.documentElement.scrollWidth <= innerWidth ? [] :
        [...document.querySelectorAll('body *')].filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
          .map((each) => each.outerHTML.slice(0, 120))`);
      expect([name, wider]).toEqual([name, []]);
    }
  });
});
