import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait-for.ts';
import { inspect, screenshots } from './inspect.ts';
import { only, openSite, type Site, type Visitor } from './site.ts';

let site: Site;

beforeAll(async () => {
  site = await openSite();
  console.info(`Pictures of the pages are in ${screenshots}.`);
}, 600_000);

afterAll(() => site[Symbol.asyncDispose]());

const stored = (eventId: string) => site.direct.db.claim.findMany({ where: { eventId } });

describe('the opening', () => {
  it('gives the only coupon to one of two visitors, shows the other how fast the coupons went, and moves nothing on the page', async () => {
    const { event, visitors: both } = await site.visitBefore({ stock: 1 }, [{ locale: 'ko-KR' }, {}]);
    const aliveMs = await Promise.all(both.map((each) => each.clickWhenAlive()));
    const winner = await Promise.any(both.map((each) => each.sees('coupon').then(() => each)));
    const loser = both.find((each) => each !== winner) ?? winner;
    await loser.sees('sold_out');
    await expect.poll(() => loser.page.locator('.notice').textContent()).toMatch(/went in 0\.\d\d s|0\.\d\d초 만에/);
    expect(await winner.page.locator('.place').textContent()).toMatch(/1st|첫 번째/);

    const rows = await waitFor(async () => ((await stored(event.id)).length > 0 ? stored(event.id) : null), {
      what: 'the claim in MySQL',
    });
    expect(rows.map(({ code }) => code)).toEqual([await winner.code()]);
    await winner.page.locator('[data-state=persisted]').waitFor();
    expect(Number(rows[0]?.claimedAt)).toBeGreaterThanOrEqual(event.opensAtMs);
    expect(await Promise.all(both.map((each) => each.moved()))).toEqual([[], []]);
    console.info(
      `The buttons were enabled ${aliveMs.map((ms) => ms - event.opensAtMs).join(' and ')} ms after the opening.`,
    );
  });

  it('comes by the server’s clock, even on a machine whose own clock is an hour ahead', async () => {
    const prepare = (context: BrowserContext) => context.addInitScript({ content: anHourAhead });
    const { event, visitors } = await site.visitBefore({}, [{ prepare }]);
    await using kim = only(visitors);
    const aliveMs = (await kim.clickWhenAlive()) - 3_600_000;
    await kim.sees('coupon');
    // The page estimates the server's clock to within a second. With its own clock, it would be off by an hour.
    expect(aliveMs).toBeGreaterThan(event.opensAtMs - 1_000);
  });

  it('needs no mouse: the focus moves from the panel to the button at the opening, and then to the coupon', async () => {
    const { visitors } = await site.visitBefore({ opensInMs: 4_000 }, [{}]);
    await using kim = only(visitors);
    const button = kim.page.locator('main button[name=claim]');
    expect(await button.isDisabled()).toBe(true);
    for (let presses = 0; presses < 10 && !(await isFocused(kim, '.claim')); presses += 1) {
      await kim.page.keyboard.press('Tab');
    }
    expect(await isFocused(kim, '.claim')).toBe(true);
    // Before the opening, the page must send no claim, and must not scroll.
    await kim.page.keyboard.press('Enter');
    await kim.page.keyboard.press('Space');
    expect(await kim.page.evaluate('scrollY')).toBe(0);
    await kim.sees('button');
    expect(await button.isEnabled()).toBe(true);
    expect(kim.claims()).toBe(0);
    expect(await isFocused(kim, '.claim-button')).toBe(true);
    await kim.page.keyboard.press('Enter');
    await kim.sees('coupon');
    expect(await isFocused(kim, '.coupon h2')).toBe(true);
  });

  it('does not move the focus, unless the focus is on the panel around the button', async () => {
    const { visitors } = await site.visitBefore({ opensInMs: 4_000 }, [{}]);
    await using kim = only(visitors);
    await kim.page.locator('[name=share]').focus();
    await kim.sees('button');
    expect(await isFocused(kim, '[name=share]')).toBe(true);
  });

  it('returns the focus to the panel if the opening turns out to have been moved after a click', async () => {
    const event = await site.createEvent();
    await using kim = await site.visit(event.path);
    await kim.sees('button');
    const opensAt = new Date(Date.now() + 3_600_000).toISOString();
    await kim.page.route('**/trpc/claim.submit', (route) =>
      route.fulfill({
        json: { result: { data: { status: 'not_open', opensAt, serverTime: new Date().toISOString() } } },
      }),
    );
    await kim.page.locator('[name=claim]').focus();
    await kim.page.keyboard.press('Enter');
    await kim.sees('moved');
    expect(await isFocused(kim, '.claim')).toBe(true);
  });
});

describe('a claim on the event page', () => {
  it('gives one coupon, however often a person clicks and in however many tabs', async () => {
    const event = await site.createEvent();
    await using kim = await site.visit(event.path);
    await kim.sees('button');
    const other = await kim.page.context().newPage();
    await other.goto(kim.page.url());
    await other.locator('[data-shows=button]').waitFor();
    // Both clicks happen in one task of the page, so no answer can arrive between them.
    await kim.page.locator('.claim-button').evaluate((button: { click(): void }) => {
      button.click();
      button.click();
    });
    await kim.sees('coupon');
    await other.locator('.claim-button').click();
    await other.locator('[data-shows=coupon]').waitFor();
    expect(kim.claims()).toBe(1);
    expect(await other.locator('.code').textContent()).toBe(await kim.code());
    await waitFor(async () => (await stored(event.id)).length === 1, { what: 'the claim in MySQL' });
    // Public answers may be a second old, but admins get the current state.
    expect((await site.api.client().admin.event.get.query({ eventId: event.id })).issued).toBe(1);

    await kim.page.reload();
    await kim.sees('coupon');
    expect(await kim.code()).toBe(await other.locator('.code').textContent());
    await kim.page.goto(new URL('/mine', kim.page.url()).href);
    await kim.page.locator('.coupons').waitFor();
    expect(await kim.page.locator('.coupons .code').allTextContents()).toEqual([
      await other.locator('.code').textContent(),
    ]);
  });

  it('is sent again if its answer is lost, and gives the same coupon', async () => {
    const event = await site.createEvent();
    await using proxy = await startTcpProxy(site.api.address.port);
    const cuts = cutClaimAnswers(proxy);
    await using kim = await site.visit(event.path, { url: `http://127.0.0.1:${proxy.port}` });
    await kim.sees('button');
    cuts.next = 2;
    await kim.page.locator('.claim-button').click();
    await kim.sees('coupon');
    expect(cuts.next).toBe(0);
    expect(
      (await kim.history()).filter((shown) => !['button', 'asking', 'undecided', 'coupon'].includes(shown)),
    ).toEqual([]);
    const rows = await waitFor(async () => ((await stored(event.id)).length > 0 ? stored(event.id) : null), {
      what: 'the claim in MySQL',
    });
    expect(rows.map(({ code }) => code)).toEqual([await kim.code()]);
  });

  it('continues by itself if the page is reloaded before the decision', async () => {
    const event = await site.createEvent();
    await using proxy = await startTcpProxy(site.api.address.port);
    const cuts = cutClaimAnswers(proxy);
    await using kim = await site.visit(event.path, { url: `http://127.0.0.1:${proxy.port}` });
    await kim.sees('button');
    cuts.next = Infinity;
    await kim.page.locator('.claim-button').click();
    await kim.sees('undecided');
    await inspect(kim.page, 'undecided');
    await kim.page.reload();
    await kim.sees('undecided');
    cuts.next = 0;
    await kim.sees('coupon');
    expect(await kim.history()).toEqual(['undecided', 'coupon']);
  });

  it('is decided even if the API is killed during the claim and restarted', async () => {
    const event = await site.createEvent();
    await using kim = await site.visit(event.path);
    await kim.sees('button');
    // The page gets a token before it asks for the visitor's claim. Without a token, the click would wait for the
    // stopped API.
    const asked = `performance.getEntriesByType('resource').some(({ name }) => name.includes('claim.mine'))`;
    await expect.poll(() => kim.page.evaluate<boolean>(asked)).toBe(true);
    try {
      try {
        site.api.process.signal('SIGSTOP');
        await kim.page.locator('.claim-button').click();
        await waitFor(() => kim.claims() === 1, { what: 'the claim to be sent' });
      } finally {
        await site.api.process.kill9();
      }
      await kim.sees('undecided');
    } finally {
      // Restart the API even if the test fails. Otherwise later tests would wait for it until they time out.
      await site.api.restart();
    }
    await kim.sees('coupon');
    await waitFor(async () => (await stored(event.id)).length === 1, { what: 'the claim in MySQL' });
  });

  it('is refused during a pause, and the button appears again after the pause without a reload', async () => {
    const event = await site.createEvent();
    const { event: admin } = site.api.client().admin;
    await using kim = await site.visit(event.path);
    await kim.sees('button');
    // The page must not notice the pause before the click.
    await kim.page.route('**/trpc/event.get*', (route) => route.abort());
    await admin.pause.mutate({ eventId: event.id });
    await kim.page.locator('.claim-button').click();
    await kim.sees('paused');
    await kim.page.unroute('**/trpc/event.get*');
    await inspect(kim.page, 'paused');
    await admin.resume.mutate({ eventId: event.id });
    await kim.sees('button');
    await kim.page.locator('.claim-button').click();
    await kim.sees('coupon');
  });
});

it('the event page asks for its event once when it loads, and uses the answer that came with its HTML', async () => {
  const event = await site.createEvent({ opensInMs: 3_600_000 });
  await using proxy = await startTcpProxy(site.api.address.port);
  const asked: string[] = [];
  proxy.onRequest = (chunk) => {
    asked.push(...(/GET \/trpc\/event\.get\S*/.exec(chunk.toString('latin1')) ?? []));
    return 'pass';
  };
  await using kim = await site.visit(event.path, { url: `http://127.0.0.1:${proxy.port}` });
  await kim.sees('before');
  expect(asked).toHaveLength(1);
});

describe('the visitor’s identity on the event page', () => {
  it('is asked for a second time if the server refuses the first token', async () => {
    const event = await site.createEvent();
    const { token } = (await (
      await fetch(`${site.api.url}/demo/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"visitor":"renewed"}',
      })
    ).json()) as { token: string };
    await using kim = await site.visit(event.path, {
      prepare: withIdentity(
        `let given = 0; window.firstcome = { getToken: async () => (given++ === 0 ? 'old' : '${token}') };`,
      ),
    });
    await kim.sees('button');
    await kim.page.locator('.claim-button').click();
    await kim.sees('coupon');

    await using lee = await site.visit(event.path, {
      prepare: withIdentity(`window.given = 0; window.firstcome = { getToken: async () => 'bad' + given++ };`),
    });
    await lee.sees('sign_in');
    expect(await lee.page.evaluate('given')).toBe(2);
    await inspect(lee.page, 'sign-in');
  });

  it('is not needed to see the event', async () => {
    const event = await site.createEvent({ amount: 1_050, currency: 'USD', opensInMs: 60_000 });
    await using kim = await site.visit(event.path, { prepare: withIdentity('') });
    await kim.sees('sign_in');
    expect(await kim.page.locator('.amount').textContent()).toBe('US$10.50 off');
    expect(await kim.page.locator('.countdown').textContent()).toMatch(/^00:0[01]:\d\d$/);
  });
});

describe('the event page is readable in both languages, light and dark,', () => {
  it('before the opening, open, with a coupon, sold out and closed', async () => {
    const { event, visitors } = await site.visitBefore({ stock: 1, opensInMs: 6_000 }, [{}]);
    await using kim = only(visitors);
    await inspect(kim.page, 'before');
    await kim.sees('button');
    await inspect(kim.page, 'open');
    await kim.page.locator('.claim-button').click();
    await kim.page.locator('[data-state=persisted]').waitFor();
    await kim.page.locator('[name=copy]').click();
    await inspect(kim.page, 'coupon');
    await using lee = await site.visit(event.path);
    await lee.sees('sold_out');
    await inspect(lee.page, 'sold-out');
    await site.api.client().admin.event.close.mutate({ eventId: event.id });
    await lee.page.reload();
    await lee.sees('closed');
    await inspect(lee.page, 'closed');
    await kim.page.goto(new URL('/mine', kim.page.url()).href);
    await kim.page.locator('.coupons').waitFor();
    await inspect(kim.page, 'mine');
    await kim.page.goto(new URL('/', kim.page.url()).href);
    await kim.page.locator('.events').waitFor();
    await inspect(kim.page, 'list');
    await kim.page.goto(new URL('/e/nobody-knows-it', kim.page.url()).href);
    await expect.poll(() => kim.page.locator('h1').textContent()).toMatch(/couldn’t find this event|찾을 수 없습니다/);
  });
});

const isFocused = ({ page }: Visitor, selector: string): Promise<boolean> =>
  page.evaluate<boolean>(`document.activeElement?.matches('${selector}') ?? false`);

const anHourAhead = `{
  const RealDate = Date;
  Date = class extends RealDate {
    constructor(...given) {
      super(...(given.length > 0 ? given : [Date.now()]));
    }
    static now() {
      return RealDate.now() + 3_600_000;
    }
  };
}`;

/** Cuts off each of the next `next` answers about this visitor's claims partway. */
function cutClaimAnswers(proxy: TcpProxy): { next: number } {
  const cuts = { next: 0 };
  proxy.onRequest = (chunk, link) => {
    if (/ \/trpc\/claim\.(submit|mine)/.test(chunk.toString('latin1'))) link.marks.add('claim');
    else link.marks.delete('claim');
    return 'pass';
  };
  proxy.onReply = (_chunk, link) => {
    if (!link.marks.has('claim') || cuts.next === 0) return 'pass';
    cuts.next -= 1;
    return { cutAfter: 20 };
  };
  return cuts;
}

const withIdentity = (script: string) => (context: BrowserContext) =>
  context.route('**/demo/identity.js', (route) => route.fulfill({ contentType: 'text/javascript', body: script }));
