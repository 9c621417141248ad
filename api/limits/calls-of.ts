import type { IncomingMessage } from 'node:http';
import { batchCallsMax } from '../http-limits.ts';
import { sentPath } from '../plain-path.ts';
import type { CallKind } from './call-limits.ts';

/** What a call is charged as. `admin` calls are free for callers with a role. */
export type Charged = CallKind | 'admin';

/** The calls of one request. `batch` and `paths` are for tRPC; a REST request is one call. */
export type Calls = { by: 'trpc' | 'rest'; batch: boolean; paths: readonly string[]; charged: readonly Charged[] };

/**
 * Returns the calls that a request makes, whatever is wrong with them; null if it makes none, as for pages, probes and
 * preflights.
 */
export function callsOf(req: IncomingMessage): Calls | null {
  const path = sentPath(req);
  if (req.method === 'OPTIONS') return null;
  if (path.startsWith('/trpc/')) return ofTrpc(path.slice('/trpc/'.length), req.url ?? '');
  if (!path.startsWith('/api/')) return null;
  return { by: 'rest', batch: false, paths: [path], charged: [restCharge(path, req.method)] };
}

function ofTrpc(paths: string, url: string): Calls {
  // Read as tRPC reads it, because the letters may be escaped.
  const batch = new URLSearchParams(url.split('?').slice(1).join('?')).get('batch') === '1';
  const all = batch ? paths.split(',') : [paths];
  // tRPC refuses a longer batch as a whole.
  const called = all.length > batchCallsMax ? all.slice(0, batchCallsMax) : all;
  return { by: 'trpc', batch, paths: called, charged: called.map(trpcCharge) };
}

/** What a call of a procedure is charged as, also of one that does not exist. */
export function trpcCharge(path: string): Charged {
  if (path === 'claim.submit') return 'claims';
  return path.startsWith('admin.') ? 'admin' : 'reads';
}

function restCharge(path: string, method: string | undefined): Charged {
  if (path.startsWith('/api/v1/admin/')) return 'admin';
  return method === 'POST' ? 'claims' : 'reads';
}
