import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installClient, type InstalledPackage } from './installed-package.ts';
import { startApi, type RunningApi } from './running-api.ts';

let api: RunningApi;
let project: InstalledPackage;

beforeAll(async () => {
  [api, project] = await Promise.all([startApi(), installClient()]);
}, 180_000);

afterAll(() => api[Symbol.asyncDispose]());

describe('the client package', () => {
  const read = (name: string) => readFileSync(join(project.dir, 'node_modules/firstcome-client', name), 'utf8');

  it('contains JavaScript, its types and its description', () => {
    const files = readdirSync(join(project.dir, 'node_modules/firstcome-client')).sort();
    expect(files).toEqual(['README.md', 'index.d.ts', 'index.js', 'package.json']);
  });

  it("depends on no package except tRPC's client", () => {
    const imported = (text: string) =>
      new Set(Array.from(text.matchAll(/(?:from |import\()['"]([^'"]+)['"]/g), (match) => match[1]));
    expect(imported(read('index.js'))).toEqual(new Set(['@trpc/client']));
    expect(imported(read('index.d.ts'))).toEqual(new Set(['@trpc/client', '@trpc/server', '@trpc/server/rpc']));
    // tRPC's packages declare TypeScript as a peer dependency.
    const installed = readdirSync(join(project.dir, 'node_modules')).filter((name) => !/^\.|typescript/.test(name));
    expect(installed.sort()).toEqual(['@trpc', 'firstcome-client']);
  });

  it('reveals nothing about the code behind the API', () => {
    expect(read('index.d.ts')).not.toMatch(/prisma|ioredis|express|bullmq|zod|Services|EventAdmin/i);
    // The client's times are in ISO 8601. Only core uses milliseconds, except for these fields, which are lengths of
    // time.
    expect(read('index.d.ts').replaceAll(/\b(triesWindowMs|pollAfterMs|fromMs|toMs)\b/g, '')).not.toMatch(
      /[A-Za-z]Ms\b/,
    );
  });
});

describe("the client package in somebody else's project", () => {
  it('claims in three lines of strict TypeScript', async () => {
    const eventId = await api.openEvent(1);
    project.write(
      'claim.ts',
      `import { createFirstcomeClient } from 'firstcome-client';
const firstcome = createFirstcomeClient({ url: '${api.url}', token: '${api.token('kim')}' });
console.log(JSON.stringify(await firstcome.claim.submit.mutate({ eventId: '${eventId}' })));
`,
    );
    expect(await project.compile()).toMatchObject({ code: 0, stdout: '' });
    const { code, stdout, stderr } = await project.node('claim.js');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const outcome: unknown = JSON.parse(stdout);
    expect(outcome).toMatchObject({ status: 'issued', serial: 1, round: 1, replayed: false });
    const held = await api.platform.claims.mine(eventId, 'kim');
    expect(outcome).toMatchObject({ code: held?.code });
  });

  it('types every input and output', async () => {
    project.write(
      'types.ts',
      `import { createFirstcomeClient, isUndecided, TRPCClientError } from 'firstcome-client';
import type { AdminEventView, ClaimOutcome, EventView, FirstcomeError, OwnClaim, RouterInputs } from 'firstcome-client';

const firstcome = createFirstcomeClient({ url: new URL('http://127.0.0.1'), token: async () => 'token' });

export async function claim(eventId: string): Promise<string> {
  const outcome: ClaimOutcome = await firstcome.claim.submit.mutate({ eventId });
  // @ts-expect-error -- only an issued claim has a code
  outcome.code;
  switch (outcome.status) {
    case 'issued':
      return outcome.code;
    case 'not_open':
      return outcome.opensAt;
    case 'not_admitted':
      return outcome.lineOpensAt ?? outcome.status;
    case 'sold_out':
    case 'paused':
    case 'closed':
      return outcome.status;
    default:
      return outcome satisfies never;
  }
}

export async function read(): Promise<void> {
  const event: EventView = await firstcome.event.get.query({ eventId: 'e' });
  event.opensAt satisfies string;
  // @ts-expect-error -- admins only
  event.outbox;
  const admin: AdminEventView = await firstcome.admin.event.get.query({ eventId: 'e' });
  admin.outbox satisfies number | null;
  (await firstcome.event.list.query()) satisfies EventView[];
  (await firstcome.claim.mine.query({ eventId: 'e' })) satisfies OwnClaim | null;
  const input: RouterInputs['admin']['event']['create'] = { name: 'Sale', amount: 1, stock: 1, opensAt: '2027-10-01T10:00Z' };
  (await firstcome.admin.event.create.mutate(input)) satisfies AdminEventView;
  // @ts-expect-error -- a misspelt field
  await firstcome.claim.submit.mutate({ event: 'e' });
  // @ts-expect-error -- a mutation is no query
  await firstcome.claim.submit.query({ eventId: 'e' });
  // @ts-expect-error -- there is no such call
  firstcome.claim.refund;
}

export function why(error: unknown): string | undefined {
  if (!(error instanceof TRPCClientError) || isUndecided(error)) return undefined;
  const { data }: FirstcomeError = error;
  return data?.issues?.map(({ path, message }) => [...path, message].join(' ')).join() ?? data?.reason ?? data?.code;
}
`,
    );
    expect(await project.compile()).toMatchObject({ code: 0, stdout: '' });
  });

  it('distinguishes an invalid call from a call with an unknown outcome', async () => {
    project.write(
      'errors.js',
      `import { createFirstcomeClient, isUndecided } from 'firstcome-client';
const told = async (url, eventId) =>
  createFirstcomeClient({ url }).event.get.query({ eventId }).catch((error) => [isUndecided(error), error.data?.code ?? null]);
console.log(JSON.stringify([
  await told('${api.url}/', 'nowhere'),
  await told('${api.url}', 'a b'),
  await told('http://127.0.0.1:1', 'nowhere'),
]));
`,
    );
    const { stdout, stderr } = await project.node('errors.js');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([
      [false, 'NOT_FOUND'],
      [false, 'BAD_REQUEST'],
      [true, null],
    ]);
  });

  it('asks for a token before each request, and sends at most 10 calls in one', async () => {
    const eventId = await api.openEvent(100);
    project.write(
      'batch.js',
      `import { createFirstcomeClient } from 'firstcome-client';
const sent = [];
const plainFetch = globalThis.fetch;
globalThis.fetch = (url, init) => (sent.push([new URL(url).pathname.split(',').length, init.headers.authorization]), plainFetch(url, init));
const tokens = ${JSON.stringify(Array.from({ length: 3 }, (_, at) => api.token(`user-${at}`)))};
let asked = 0;
const firstcome = createFirstcomeClient({ url: '${api.url}', token: () => tokens[asked++ % tokens.length] });
const outcomes = await Promise.all(Array.from({ length: 25 }, () => firstcome.claim.submit.mutate({ eventId: '${eventId}' })));
console.log(JSON.stringify({
  sizes: sent.map(([size]) => size).sort(),
  tokens: new Set(sent.map(([, token]) => token)).size,
  serials: [...new Set(outcomes.map(({ serial }) => serial))].sort(),
}));
`,
    );
    const { stdout, stderr } = await project.node('batch.js');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ sizes: [10, 10, 5], tokens: 3, serials: [1, 2, 3] });
  });
});

describe('the client package in a browser', () => {
  it('claims using only the APIs that a page provides', async () => {
    const eventId = await api.openEvent(1);
    project.write(
      'page.js',
      `import { createFirstcomeClient } from 'firstcome-client';
export const claim = (url, token, eventId) => createFirstcomeClient({ url, token }).claim.submit.mutate({ eventId });
`,
    );
    const bundle = await rolldown({ input: join(project.dir, 'page.js'), cwd: project.dir, platform: 'browser' });
    const { output } = await bundle.generate({ format: 'iife', name: 'page' });
    expect(output).toHaveLength(1);
    expect(output[0].imports).toEqual([]);
    const globals = { fetch, URL, URLSearchParams, Headers, AbortController, AbortSignal, setTimeout, clearTimeout };
    const page = runInContext(`${output[0].code};page`, createContext(globals)) as {
      claim: (url: string, token: string, eventId: string) => Promise<unknown>;
    };
    expect(await page.claim(api.url, api.token('lee'), eventId)).toMatchObject({ status: 'issued', serial: 1 });
  });
});
