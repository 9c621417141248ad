import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import type { Look } from '../../admin-cli/output.ts';
import type { Style } from '../../admin-cli/paint.ts';
import type { EventSnapshot } from '../../admin-cli/watch/watch-event.ts';
import { watchFrame } from '../../admin-cli/watch/watch-frame.ts';

/** A picture, and how long it is visible. */
export type Frame = { png: Buffer; ms: number };

export type Sale = {
  pageUrl: string;
  /** The newest snapshot of the terminal; undefined before the first one. */
  snapshot: () => EventSnapshot | undefined;
  /** Whether the sale is over and the terminal shows that. */
  isOver: () => boolean;
};

const size = { width: 1000, height: 640 };
const phone = { width: 360, height: 640 };
const frameMs = 200;
/** How long a visitor hesitates before clicking. */
const hesitationMs = 900;
const lastFrameMs = 3_000;

/**
 * Takes pictures of the event page on a phone, next to the terminal of `event watch`, while a visitor waits, clicks and
 * gets a coupon. Each frame lasts as long as it took in reality.
 */
export async function photographSale(browser: Browser, sale: Sale): Promise<Frame[]> {
  const visitor = await browser.newPage({ viewport: phone, locale: 'en-US' });
  const stage = await browser.newPage({ viewport: size });
  await visitor.goto(sale.pageUrl);
  const button = visitor.locator('main button[name=claim]');
  await button.waitFor();
  void clickOnce(visitor);

  const frames: Frame[] = [];
  for (;;) {
    const atMs = performance.now();
    const isOver = sale.isOver();
    const [page, snapshot] = [await visitor.screenshot(), sale.snapshot()];
    await stage.setContent(stageHtml(page.toString('base64'), snapshot === undefined ? '' : terminalHtml(snapshot)));
    const png = await stage.screenshot();
    if (isOver) return [...frames, { png, ms: lastFrameMs }];
    await sleep(Math.max(0, frameMs - (performance.now() - atMs)));
    frames.push({ png, ms: Math.round(performance.now() - atMs) });
  }
}

async function clickOnce(visitor: Page): Promise<void> {
  await visitor.locator('main button[name=claim]:enabled').waitFor({ timeout: 60_000 });
  await sleep(hesitationMs);
  await visitor.locator('main button[name=claim]').click();
}

const paint = (style: Style, text: string): string => `<b class="${style}">${text}</b>`;
const look: Look = { columns: 64, paint };

const terminalHtml = (snapshot: EventSnapshot): string =>
  [
    `<b class="dim">$</b> coupon-admin event watch ${snapshot.event.eventId}`,
    '',
    ...watchFrame(snapshot, 'Asia/Seoul', look),
  ].join('\n');

const stageHtml = (image: string, terminal: string): string => `<!doctype html><style>
  body { margin: 0; display: flex; gap: 24px; padding: 0; width: ${size.width}px; height: ${size.height}px; background: #e9e8e4 }
  img { width: ${phone.width}px; height: ${phone.height}px }
  pre { margin: auto 20px auto 0; padding: 22px; box-sizing: border-box; width: 590px; height: 250px; border-radius: 12px;
    background: #16181d; color: #e6e6e6; font: 14px/1.6 "DejaVu Sans Mono", monospace; overflow: hidden }
  b { font-weight: inherit } .bold { font-weight: 700 } .dim { color: #8b8f98 } .red { color: #ff6b60 }
  .green { color: #5fd38a } .yellow { color: #f5c451 } .cyan { color: #63c7d9 }
</style><img alt="" src="data:image/png;base64,${image}"><pre>${terminal}</pre>`;
