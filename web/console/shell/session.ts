import { createTRPCClient, httpLink, TRPCClientError, type TRPCClient } from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from '../../../api/router.ts';

export type ConsoleClient = TRPCClient<AppRouter>;
export type Outputs = inferRouterOutputs<AppRouter>;
export type Inputs = inferRouterInputs<AppRouter>;
export type AdminEvent = Outputs['admin']['event']['get'];
export type Role = 'viewer' | 'operator' | 'admin';

/** The settings of this system that admins need; `aheadMs` is how far the server's clock is ahead of ours. */
export type Rules = Pick<Outputs['admin']['whoami'], 'approvalAbove' | 'seedLead' | 'seesCodes'> & { aheadMs: number };

export type Signed = { token: string; name: string; role: Role; hasQueues: boolean; rules: Rules };
/** `restoring` is true while a reloaded page checks the token that it has kept. */
export type SessionState = { signed: Signed | null; expired: boolean; restoring: boolean };

/**
 * The signed-in admin's session. The tab keeps the token across reloads and forgets it when it is closed. The token is
 * never in localStorage or in a cookie, where other tabs could use it.
 */
export type Session = {
  get: () => SessionState;
  subscribe: (listener: () => void) => () => void;
  /** Throws the server's error if the server refuses the token. */
  signIn: (token: string) => Promise<void>;
  signOut: () => void;
  client: ConsoleClient;
};

const levels = { viewer: 1, operator: 2, admin: 3 } as const;

/**
 * Whether to show a user with `role` the controls that need the role `needed`. The server decides whether the action is
 * allowed.
 */
export const mayDo = (role: Role, needed: Role): boolean => levels[role] >= levels[needed];

export function createSession(): Session {
  const kept = keptToken.read();
  let state: SessionState = { signed: null, expired: false, restoring: kept !== null };
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
            // This call has no time limit, because a reconcile of a large event takes minutes.
            const response = await fetch(url, init as RequestInit);
            if (response.status === 401) refused(sent);
            return response;
          },
        }),
      ],
    });
  const signIn = async (token: string): Promise<void> => {
    const { name, role, serverTime, ...told } = await clientWith(
      () => token,
      () => undefined,
    ).admin.whoami.query();
    if (role === null) throw new Error('This token has no role.');
    const rules = { ...told, aheadMs: Date.parse(serverTime) - Date.now() };
    const hasQueues = await beginPageSession(token);
    keptToken.write(token);
    set({ signed: { token, name, role, rules, hasQueues }, expired: false, restoring: false });
  };
  if (kept !== null) {
    signIn(kept).catch((error: unknown) => {
      // If the server could not say whether the token is valid, keep it for another reload.
      const isRefused = ['UNAUTHORIZED', 'FORBIDDEN'].includes(troubleOf(error).code ?? '');
      if (isRefused) keptToken.write(null);
      set({ signed: null, expired: isRefused, restoring: false });
    });
  }
  return {
    get: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    signIn,
    signOut: () => {
      keptToken.write(null);
      set({ signed: null, expired: false, restoring: false });
      void fetch('/admin/sign-out', { method: 'POST', redirect: 'manual' }).catch(() => undefined);
    },
    client: clientWith(
      () => state.signed?.token ?? '',
      (sent) => {
        if (state.signed?.token !== sent) return;
        keptToken.write(null);
        set({ signed: null, expired: true, restoring: false });
      },
    ),
  };
}

const tokenKey = 'firstcome:console-token';

/** This tab's token, kept in session storage. If the browser forbids storage, a reload asks for the token again. */
const keptToken = {
  read: (): string | null => {
    try {
      return sessionStorage.getItem(tokenKey);
    } catch {
      return null;
    }
  },
  write: (token: string | null): void => {
    try {
      if (token === null) sessionStorage.removeItem(tokenKey);
      else sessionStorage.setItem(tokenKey, token);
    } catch {
      // Without storage, the session ends at the next reload.
    }
  },
};

/** Asks the server for the cookie of the queue dashboard. Resolves to whether the server has the dashboard. */
async function beginPageSession(token: string): Promise<boolean> {
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch('/admin/session', { method: 'POST', headers, body: JSON.stringify({ token }) });
    return response.status === 204;
  } catch {
    return false;
  }
}

/** A message from the server: its code and parameters, and the English sentence. */
type Said = { code: string; params: Record<string, unknown>; message: string };
export type Issue = Said & { path: (string | number)[] };
/** A failed call, as the console shows it. `code` is null if the server did not answer. */
export type Trouble = { code: string | null; problem: Said | null; message: string; issues: Issue[] };

export function troubleOf(error: unknown): Trouble {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof TRPCClientError)) return { code: null, problem: null, message, issues: [] };
  const data = error.data as { code?: string; issues?: Issue[]; problem?: Omit<Said, 'message'> } | null | undefined;
  return {
    code: data?.code ?? null,
    problem: data?.problem === undefined ? null : { ...data.problem, message },
    ...{ message, issues: data?.issues ?? [] },
  };
}

/** Created once per form, so that a form sent twice makes its change once. */
export const newRequestId = (): string =>
  `console-${[...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
