import { createTRPCClient, httpLink, TRPCClientError, type TRPCClient } from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from '../../api/router.ts';

export type ConsoleClient = TRPCClient<AppRouter>;
export type Outputs = inferRouterOutputs<AppRouter>;
export type Inputs = inferRouterInputs<AppRouter>;
export type AdminEvent = Outputs['admin']['event']['get'];
export type Role = 'viewer' | 'operator' | 'admin';

/** The settings of this system that admins need; `aheadMs` is how far the server's clock is ahead of ours. */
export type Rules = Pick<Outputs['admin']['whoami'], 'approvalAbove' | 'seedLead' | 'seesCodes'> & { aheadMs: number };

export type Signed = { token: string; name: string; role: Role; hasQueues: boolean; rules: Rules };
export type SessionState = { signed: Signed | null; expired: boolean };

/** The signed-in admin. The token is in memory only, not in storage or a cookie, so a reload forgets it. */
export type Session = {
  get: () => SessionState;
  subscribe: (listener: () => void) => () => void;
  /** Throws the server's error if the server refuses the token. */
  signIn: (token: string) => Promise<void>;
  signOut: () => void;
  client: ConsoleClient;
};

const levels = { viewer: 1, operator: 2, admin: 3 } as const;

/** Whether to show controls that need a role. The server decides whether the action is allowed. */
export const mayDo = (role: Role, needed: Role): boolean => levels[role] >= levels[needed];

export function createSession(): Session {
  let state: SessionState = { signed: null, expired: false };
  const listeners = new Set<() => void>();
  const set = (next: SessionState): void => {
    state = next;
    listeners.forEach((listener) => listener());
  };
  const clientWith = (token: () => string, refused: (token: string) => void): ConsoleClient =>
    createTRPCClient<AppRouter>({
      links: [
        httpLink({
          url: '/trpc',
          headers: () => ({ authorization: `Bearer ${token()}` }),
          fetch: async (url, init) => {
            const sent = token();
            // No time limit: a reconcile of a large event takes minutes.
            const response = await fetch(url, init as RequestInit);
            if (response.status === 401) refused(sent);
            return response;
          },
        }),
      ],
    });
  return {
    get: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    signIn: async (token) => {
      const { name, role, serverTime, ...told } = await clientWith(
        () => token,
        () => undefined,
      ).admin.whoami.query();
      if (role === null) throw new Error('This token has no role.');
      const rules = { ...told, aheadMs: Date.parse(serverTime) - Date.now() };
      set({ signed: { token, name, role, rules, hasQueues: await beginPageSession(token) }, expired: false });
    },
    signOut: () => {
      set({ signed: null, expired: false });
      void fetch('/admin/sign-out', { method: 'POST', redirect: 'manual' }).catch(() => undefined);
    },
    client: clientWith(
      () => state.signed?.token ?? '',
      (sent) => {
        if (state.signed?.token === sent) set({ signed: null, expired: true });
      },
    ),
  };
}

/** Sets a cookie for the queue dashboard if the server has the dashboard. */
async function beginPageSession(token: string): Promise<boolean> {
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch('/admin/session', { method: 'POST', headers, body: JSON.stringify({ token }) });
    return response.status === 204;
  } catch {
    return false;
  }
}

export type Issue = { path: (string | number)[]; message: string };
/** A failed call, as the console shows it. `code` is null if the server did not answer. */
export type Trouble = { code: string | null; message: string; issues: Issue[] };

export function troubleOf(error: unknown): Trouble {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof TRPCClientError)) return { code: null, message, issues: [] };
  const data = error.data as { code?: string; issues?: Issue[] } | null | undefined;
  return { code: data?.code ?? null, message, issues: data?.issues ?? [] };
}

/** Created once per form, so that sending the form again makes its change only once. */
export const newRequestId = (): string =>
  `console-${[...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
