import type { IncomingMessage } from 'node:http';
import { batchCallsMax } from '../http-limits.ts';
import { sentPath } from '../plain-path.ts';
import type { CallKind } from './call-limits.ts';

/** What a call is charged as. `admin` calls are not charged to callers with a role. */
export type Charged = CallKind | 'admin';

/** The calls of one request. A REST request is one call; a tRPC batch has one path for each call. */
export type Calls = { by: 'trpc' | 'rest'; batch: boolean; paths: readonly string[]; charged: readonly Charged[] };

/** Returns the calls that a request makes, valid or not; null if it makes none (pages, probes and preflights). */
export function callsOf(req: IncomingMessage): Calls | null {
  const path = sentPath(req);
  if (req.method === 'OPTIONS') return null;
  if (path.startsWith('/trpc/')) return ofTrpc(path.slice('/trpc/'.length), req.url ?? '');
  if (!path.startsWith('/api/')) return null;
  return { by: 'rest', batch: false, paths: [path], charged: [restCharge(path, req.method)] };
}

function ofTrpc(paths: string, url: string): Calls {
  // Parsed as tRPC parses it, because `batch=1` may be percent-encoded.
  const batch = new URLSearchParams(url.split('?').slice(1).join('?')).get('batch') === '1';
  const all = batch ? paths.split(',') : [paths];
  // tRPC refuses every call of a longer batch.
  const called = all.length > batchCallsMax ? all.slice(0, batchCallsMax) : all;
  return { by: 'trpc', batch, paths: called, charged: called.map(trpcCharge) };
}

/** What a call to a procedure is charged as, even if the procedure does not exist. */
export function trpcCharge(path: string): Charged {
  if (path === 'claim.submit') return 'claims';
  return path.startsWith('admin.') ? 'admin' : 'reads';
}

function restCharge(path: string, method: string | undefined): Charged {
  if (path.startsWith('/api/v1/admin/')) return 'admin';
  return method === 'POST' && !path.endsWith('/line') ? 'claims' : 'reads';
}
