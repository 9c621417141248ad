import type { Browser } from 'playwright-core';

/** A slow phone's first visit to an open event, up to the coupon. Times are in ms. */
export type ColdStart = {
  /** The time from the navigation until the claim button is enabled and drawn. */
  usableMs: number;
  firstPaintMs: number;
  /** The time from the end of the claim's answer until the code is drawn. */
  codeMs: number;
  /** Cumulative layout shift until the button is usable. */
  layoutShift: number;
  /** Bytes over the network until the button is usable. */
  bytes: number;
};

/** The presets of Chromium's developer tools for a mid-range phone (4 times slower) and "Fast 4G". */
export const slowness = {
  cpu: 4,
  network: { offline: false, latency: 165, downloadThroughput: 1_012_500, uploadThroughput: 168_750 },
} as const;

/** Visits the page with an empty cache, waits until its button is usable, presses it, and waits for the code. */
export async function startCold(browser: Browser, url: string): Promise<ColdStart> {
  const viewport = { width: 390, height: 844 };
  const context = await browser.newContext({ viewport, deviceScaleFactor: 3, isMobile: true, hasTouch: true });
  try {
    await context.addInitScript({ content: notes });
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send('Network.enable');
    await devtools.send('Network.emulateNetworkConditions', slowness.network);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowness.cpu });
    await page.goto(url, { waitUntil: 'commit' });
    await page.evaluate('noted.usable.promise');
    await page.locator('main button[name=claim]').tap();
    await page.evaluate('noted.coded.promise');
    return await page.evaluate<ColdStart>(`(() => {
      const { usableMs, layoutShift, bytes, codeAtMs } = noted;
      const answer = performance.getEntriesByType('resource').findLast(({ name }) => name.includes('claim.submit'));
      const firstPaintMs = performance.getEntriesByName('first-contentful-paint')[0].startTime;
      return { usableMs, firstPaintMs, codeMs: codeAtMs - answer.responseEnd, layoutShift, bytes };
    })()`);
  } finally {
    await context.close();
  }
}

/**
 * Runs in the page and records when the button and the code are drawn. Chromium reports these times only for elements
 * that are marked before they are drawn.
 */
const notes = `
  window.noted = { layoutShift: 0, usable: Promise.withResolvers(), coded: Promise.withResolvers() };
  new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) if (noted.usableMs === undefined) noted.layoutShift += value;
  }).observe({ type: 'layout-shift', buffered: true });
  new PerformanceObserver((list) => {
    for (const { identifier, renderTime } of list.getEntries()) {
      if (identifier === 'button' && noted.usableMs === undefined) {
        const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
        noted.bytes = entries.reduce((sum, { transferSize }) => sum + transferSize, 0);
        noted.usableMs = renderTime;
        noted.usable.resolve();
      }
      if (identifier === 'code' && noted.codeAtMs === undefined) {
        noted.codeAtMs = renderTime;
        noted.coded.resolve();
      }
    }
  }).observe({ type: 'element', buffered: true });
  const mark = (selector, name) => {
    for (const each of document.querySelectorAll(selector)) {
      if (each.getAttribute('elementtiming') !== name) each.setAttribute('elementtiming', name);
    }
  };
  new MutationObserver(() => {
    mark('main button[name=claim]:enabled, main button[name=claim]:enabled > span', 'button');
    mark('.coupon .code', 'code');
  }).observe(document, { subtree: true, childList: true, attributes: true });
`;
