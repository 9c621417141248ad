import type { Page } from 'playwright-core';
import type { Role } from '../../../core/access/actor.ts';
import type { ConsoleEvents } from './console-events.ts';

export type ConsoleState = {
  name: string;
  /** The view's address within the console. */
  hash: string;
  /** The role of the admin who looks. Null if nobody is signed in. */
  role?: Role | null;
  /** Clicks and types until the page shows the state. */
  prepare?: (page: Page) => Promise<unknown>;
  /** A selector. The pictures are taken once an element on the page matches this selector. */
  ready: string;
  /** Whether the pictures show only the first screen, as for a dialog, which covers exactly the screen. */
  firstScreen?: boolean;
};

/** The states that the console shows while there are no events. */
export const emptyStates: readonly ConsoleState[] = [
  { name: 'console-sign-in', hash: '', role: null, ready: 'input[name=token]' },
  { name: 'console-sign-in-refused', hash: '', role: null, prepare: refuseToken, ready: '.sign-in [role=alert]' },
  { name: 'console-events-none', hash: '#/', ready: 'main h1' },
  { name: 'console-calendar-none', hash: '#/calendar', ready: '[data-calendar]' },
  { name: 'console-approvals-none', hash: '#/approvals', ready: 'main h1' },
  { name: 'console-keys-none', hash: '#/keys', ready: 'main h1' },
  { name: 'console-audit-none', hash: '#/audit', ready: 'main h1' },
  { name: 'console-people-start', hash: '#/people', ready: '[data-form=person]' },
];

/** The states that the console shows with many events. */
export function fullStates(events: ConsoleEvents): ConsoleState[] {
  const view = (eventId: string, last = ''): string => `#/events/${eventId}${last}`;
  const table = '.events tbody tr a';
  const live = '[data-live=remaining]';
  return [
    { name: 'console-events', hash: '#/', ready: table },
    { name: 'console-events-search', hash: '#/?q=members&phase=scheduled', ready: table },
    { name: 'console-events-no-match', hash: '#/?q=nothing+has+this+name', ready: '.empty-list' },
    { name: 'console-events-viewer', hash: '#/', role: 'viewer', ready: table },
    { name: 'console-bulk-selected', hash: '#/?phase=open', prepare: selectAll, ready: '[data-bulk]' },
    dialog('console-bulk-pause', '#/?phase=open', (page) => bulk(page, 'bulk-pause')),
    dialog('console-bulk-close', '#/?phase=open', (page) => bulk(page, 'bulk-close')),
    { name: 'console-calendar', hash: '#/calendar', ready: '[data-entry]' },
    { name: 'console-calendar-week', hash: '#/calendar?span=week', ready: '[data-entry]' },
    { name: 'console-approvals', hash: '#/approvals', ready: '[data-approval]' },
    { name: 'console-keys', hash: '#/keys', ready: '[data-key]' },
    dialog('console-key-new', '#/keys', (page) => page.locator('[data-do=create-key]').click()),
    { name: 'console-event-before', hash: view(events.before), ready: live },
    { name: 'console-event-live', hash: view(events.live), ready: live },
    { name: 'console-event-operators', hash: view(events.live), prepare: openOperators, ready: live },
    { name: 'console-event-paused', hash: view(events.paused), ready: live },
    { name: 'console-event-sold-out', hash: view(events.soldOut), ready: live },
    { name: 'console-event-closed', hash: view(events.closed), ready: live },
    { name: 'console-event-unapproved', hash: view(events.unapproved), ready: '[data-shows=approval]' },
    dialog('console-event-pause', view(events.live), (page) => page.locator('[data-do=pause]').click()),
    dialog('console-event-top-up', view(events.live), (page) => page.locator('[data-do=topUp]').click()),
    dialog('console-event-reset', view(events.live), (page) => page.locator('[data-do=reset]').click()),
    { name: 'console-event-missing', hash: view('no-such-event'), ready: 'main [role=alert]' },
    { name: 'console-report', hash: view(events.soldOut, '/report'), ready: '[data-report]' },
    { name: 'console-report-closed', hash: view(events.closed, '/report'), ready: '[data-report]' },
    { name: 'console-create', hash: '#/create', ready: 'main form [type=submit]' },
    { name: 'console-create-mistakes', hash: '#/create', prepare: makeMistakes, ready: '[data-shows=to-fix]' },
    { name: 'console-clone', hash: `#/create?from=${events.before}`, ready: 'main form [type=submit]' },
    { name: 'console-edit', hash: view(events.before, '/edit'), ready: 'main form [type=submit]' },
    dialog('console-leave', '#/create', leaveHalfFilled),
    { name: 'console-claims', hash: view(events.soldOut, '/claims'), ready: '.claims tbody time' },
    { name: 'console-claims-none', hash: view(events.before, '/claims'), ready: '.claims' },
    {
      name: 'console-claims-viewer',
      hash: view(events.soldOut, '/claims'),
      role: 'viewer',
      ready: '.claims tbody time',
    },
    {
      name: 'console-claim',
      hash: view(events.soldOut, '/claims?tab=one'),
      prepare: lookUpFan,
      ready: '[data-claim] p',
    },
    { name: 'console-claims-check', hash: view(events.soldOut, '/claims?tab=check'), ready: '[data-form=verify]' },
    {
      name: 'console-claims-export',
      hash: view(events.soldOut, '/claims?tab=export'),
      ready: '[data-form=export-claims]',
    },
    { name: 'console-person', hash: '#/people?user=fan-1', ready: '[data-got]' },
    { name: 'console-person-nothing', hash: '#/people?user=nobody', ready: '[data-person] [role=status]' },
    { name: 'console-audit', hash: '#/audit', ready: '[data-entry]' },
    { name: 'console-audit-event', hash: `#/audit?eventId=${events.before}`, ready: '[data-entry]' },
    { name: 'console-exports', hash: '#/exports', ready: '[data-form=export-metrics]' },
    { name: 'console-reconcile', hash: view(events.soldOut, '/reconcile'), prepare: compare, ready: '[data-verdict]' },
    { name: 'console-expired', hash: '#/', prepare: expire, ready: 'input[name=token]' },
    { name: 'console-forbidden', hash: '#/create', role: 'viewer', ready: 'main [role=alert]' },
  ];
}

const dialog = (name: string, hash: string, prepare: (page: Page) => Promise<unknown>): ConsoleState => ({
  ...{ name, hash, prepare },
  ready: '[role=dialog]',
  firstScreen: true,
});

async function refuseToken(page: Page): Promise<void> {
  await page.locator('input[name=token]').fill('not.a.token');
  await page.keyboard.press('Enter');
}

async function selectAll(page: Page): Promise<void> {
  await page.locator('.events tbody tr a').first().waitFor();
  await page.locator('.events thead [type=checkbox]').click();
}

async function bulk(page: Page, action: string): Promise<void> {
  await selectAll(page);
  await page.locator(`[data-do=${action}]`).click();
}

const openOperators = (page: Page): Promise<void> => page.locator('[data-section=operators] button').first().click();

async function makeMistakes(page: Page): Promise<void> {
  await page.locator('[name=amount]').fill('10,00');
  await page.locator('[name=useUrl]').fill('shop.example');
  await page.locator('main form [type=submit]').click();
}

async function leaveHalfFilled(page: Page): Promise<void> {
  await page.locator('[name=name]').fill('Half');
  await page.evaluate("location.hash = '#/audit'");
}

async function lookUpFan(page: Page): Promise<void> {
  await page.locator('[data-form=look-up] [name=value]').fill('fan-1');
  await page.locator('[data-form=look-up] [type=submit]').click();
}

const compare = (page: Page): Promise<void> => page.locator('[data-do=compare]').click();

/** Answers the page's next calls as the server does once the token has expired. */
async function expire(page: Page): Promise<void> {
  const error = { message: 'expired', code: -32_001, data: { code: 'UNAUTHORIZED', httpStatus: 401 } };
  await page.route('**/trpc/**', (route) => route.fulfill({ status: 401, json: { error } }));
  await page.evaluate("location.hash = '#/audit'");
}
