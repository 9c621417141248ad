import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../support/processes.ts';
import { openSite, type Site } from './site.ts';

/** The shop's page, which contains the frame and has a different origin. */
let shop: Server;
let page: string;
let site: Site;
let shopUrl: string;

beforeAll(async () => {
  shop = createServer((_req, res) => void res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page));
  await new Promise<void>((done) => shop.listen(0, '127.0.0.1', done));
  shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  site = await openSite({ WEB_FRAME_ANCESTORS: shopUrl });
}, 600_000);
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  shop.closeAllConnections();
  shop.close();
});

it('the example page in docs/examples shows an event in a frame of the right height, without a header, and a click there gives the coupon', async () => {
  const event = await site.createEvent({ name: 'In a frame' });
  page = readFileSync(join(root, 'docs/examples/embed.html'), 'utf8')
    .replaceAll('https://coupons.shop.example', site.api.url)
    .replace('/e/ev_1', event.path);
  await using kim = await site.visit('/', { url: shopUrl });
  const frame = kim.page.frameLocator('iframe');
  await frame.locator('[data-shows=button]').waitFor();
  expect(await frame.locator('.top').count()).toBe(0);

  const inner = kim.page.frames().find((each) => each.url().includes('embed=1'));
  const heights = async (): Promise<[number, number]> => [
    (await kim.page.locator('iframe').boundingBox())?.height ?? 0,
    (await inner?.evaluate<number>(`Math.ceil(document.getElementById('page').getBoundingClientRect().height)`)) ?? -1,
  ];
  await expect
    .poll(async () => {
      const [outside, inside] = await heights();
      return outside === inside;
    })
    .toBe(true);
  const [before] = await heights();
  await frame.locator('[name=claim]').click();
  await frame.locator('[data-shows=coupon] [data-code=qr] svg').waitFor();
  await expect
    .poll(async () => {
      const [outside, inside] = await heights();
      return outside === inside && outside !== before;
    })
    .toBe(true);
});

it('a page from another site can’t set a frame’s height', async () => {
  const event = await site.createEvent();
  page = readFileSync(join(root, 'docs/examples/embed.html'), 'utf8')
    .replaceAll('https://coupons.shop.example', site.api.url)
    .replace('/e/ev_1', event.path);
  await using kim = await site.visit('/', { url: shopUrl });
  await kim.page.frameLocator('iframe').locator('[data-shows=button]').waitFor();
  await expect.poll(async () => (await kim.page.locator('iframe').boundingBox())?.height).not.toBe(640);
  const before = (await kim.page.locator('iframe').boundingBox())?.height;
  await kim.page.evaluate(`postMessage({ type: 'firstcome:height', height: 9999 }, '*')`);
  await kim.page.evaluate('new Promise((done) => setTimeout(done, 0))');
  expect((await kim.page.locator('iframe').boundingBox())?.height).toBe(before);
});
