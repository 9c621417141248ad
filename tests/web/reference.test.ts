import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApi, type TestApi } from '../api/test-server.ts';
import { openBrowser } from '../../scripts/browser/chromium.ts';

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api[Symbol.asyncDispose]());

it('the API reference is a page with its own Content-Security-Policy, and its scripts are separate files', async () => {
  const response = await fetch(`${api.url}/docs`);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("style-src 'self' 'unsafe-inline';");
  expect(policy).toContain("connect-src 'self'");
  expect(await response.text()).not.toMatch(/<script>|\son\w+=|https?:/);
});

it('only the API reference has its Content-Security-Policy, and it accepts only GET and HEAD', async () => {
  expect((await fetch(`${api.url}/openapi.json`)).headers.get('content-security-policy')).toBeNull();
  for (const path of ['/docs', '/openapi.json', '/docs/scalar.js']) {
    const refused = await fetch(api.url + path, { method: 'POST' });
    expect([path, refused.status, refused.headers.get('allow')]).toEqual([path, 405, 'GET, HEAD']);
    expect((await fetch(api.url + path, { method: 'HEAD' })).status).toBe(200);
  }
  for (const path of ['/docs/', '/Docs', '/docs/other.js', '/openapi.json/']) {
    expect([path, (await fetch(api.url + path)).status]).toEqual([path, 404]);
  }
});

it(
  'the API reference shows every operation, and sends no request to a different origin',
  { timeout: 120_000 },
  async () => {
    await using browser = await openBrowser();
    const page = await browser.newPage();
    const asked: string[] = [];
    const refused: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) refused.push(message.text());
    });
    page.on('pageerror', (error) => refused.push(error.message));
    await page.goto(`${api.url}/docs`);
    await page.getByText('Claim one coupon from an event').first().waitFor({ timeout: 60_000 });
    await page.getByText('First-come-first-served coupons').first().waitFor();
    const elsewhere = asked.filter((url) => !url.startsWith(api.url) && !/^(data|blob):/.test(url));
    expect(elsewhere).toEqual([]);
    expect(refused).toEqual([]);
  },
);
