import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { parse } from 'yaml';
import { root } from '../support/processes.ts';

/** The state that Artillery passes from hook to hook. */
export type VirtualUser = { userId?: string; localAddress?: string; vars: { token?: string; eventId?: string } };
type Metrics = { emit(kind: 'counter' | 'histogram', name: string, value: number): void };
type Next = () => void;

/** The exports of load/claim.js. */
export type Hooks = {
  arrive(user: VirtualUser, metrics: Metrics, next: Next): void;
  ask(request: Record<string, unknown>, user: VirtualUser, metrics: Metrics, next: Next): void;
  hear(
    request: unknown,
    response: { statusCode: number; body: string },
    user: VirtualUser,
    metrics: Metrics,
    next: Next,
  ): void;
  hearNothing(error: Error, request: unknown, user: VirtualUser, metrics: Metrics, next: Next): void;
};

/** The environment variables that load/claim.js reads. */
export type HookEnv = {
  AUTH_SECRET: string;
  LOAD_ANSWERS: string;
  LOAD_EVENTS: string;
  LOAD_RUN: string;
  LOAD_SOURCES: string;
  LOAD_USERS: string;
  LOCAL_WORKER_ID: string;
};

type Post = { url: string; headers: Record<string, string>; json: unknown; probability?: number };
export type Scenario = Record<'beforeScenario' | 'beforeRequest' | 'afterResponse', string> & {
  onError: string[];
  flow: { post: Post }[];
};

export function readScenario(): Scenario {
  const text = readFileSync(join(root, 'load', 'claim.yml'), 'utf8');
  const { scenarios } = parse(text, { merge: true }) as { scenarios: [Scenario] };
  return scenarios[0];
}

/** Loads a separate copy of load/claim.js, as each of Artillery's worker threads does. */
export async function loadHooks(env: HookEnv): Promise<Hooks> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  vi.resetModules();
  try {
    return (await import(join(root, 'load', 'claim.js'))) as Hooks;
  } finally {
    vi.unstubAllEnvs();
  }
}

/**
 * Makes the calls of load/claim.yml, with the hooks around them, as Artillery does for one user. Resolves to the user
 * and to the hooks' counters.
 */
export async function visit(
  hooks: Hooks,
  target: string,
  { clicks = 1 } = {},
): Promise<{ user: VirtualUser; counts: Record<string, number> }> {
  const user: VirtualUser = { vars: {} };
  const counts: Record<string, number> = {};
  const metrics: Metrics = {
    emit: (kind, name, value) => {
      if (kind === 'counter') counts[name] = (counts[name] ?? 0) + value;
    },
  };
  const called = (call: (next: Next) => void): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    call(resolve);
    return promise;
  };
  await called((next) => hooks.arrive(user, metrics, next));
  for (const { post } of readScenario().flow.slice(0, clicks)) {
    const request: Record<string, unknown> = {};
    await called((next) => hooks.ask(request, user, metrics, next));
    try {
      const response = await fetch(`${target}${post.url}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: filled(post.headers['authorization'], user) },
        body: filled(JSON.stringify(post.json), user),
      });
      const body = await response.text();
      await called((next) => hooks.hear(request, { statusCode: response.status, body }, user, metrics, next));
    } catch (err) {
      const error = err instanceof Error && err.cause instanceof Error ? err.cause : (err as Error);
      await called((next) => hooks.hearNothing(error, request, user, metrics, next));
      await called((next) => hooks.hearNothing(error, request, user, metrics, next));
    }
  }
  return { user, counts };
}

const filled = (template = '', { vars }: VirtualUser): string =>
  template.replace(/\{\{ (\w+) \}\}/g, (_, name: string) => String(vars[name as keyof VirtualUser['vars']]));
