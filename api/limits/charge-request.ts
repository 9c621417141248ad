import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TRPCError } from '@trpc/server';
import { overLimit, type LimitName } from '../../core/limits/over-limit.ts';
import { hasApiKey, type Authentication } from '../authentication.ts';
import { asTrpcError, errorShape } from '../errors.ts';
import { batchReply, createHeaders, type Answer } from '../hot-lane.ts';
import { createRestHeaders } from '../rest/claim-lane.ts';
import { problemOf } from '../rest/problem.ts';
import type { User } from '../token.ts';
import { limitOfKind, type CallKind, type CallLimits } from './call-limits.ts';
import { callsOf, trpcCharge, type Calls } from './calls-of.ts';
import type { RefusalPace } from './refusal-pace.ts';
import { setSpend, type Spend } from './spend.ts';

type ChargeDeps = {
  limits: CallLimits;
  authentication: Pick<Authentication, 'payer'>;
  corsOrigins: readonly string[];
  pace: RefusalPace;
  onError: (error: TRPCError, path: string) => void;
};

/** Charges a request. Then calls `begin` to pass the request on, or refuses it. */
export type ChargeRequest = (req: IncomingMessage, res: ServerResponse, begin: () => void) => void;

/**
 * Charges requests that no fast lane handles. The path says what to charge, so this happens before any expensive work.
 * If none of a request's calls may pass, this answers 429, because tRPC's Express adapter takes 0.3 to 3 ms to do the
 * same. If some may pass, the procedures refuse the others: each procedure calls `spendOf`.
 */
export function createRequestCharge(deps: ChargeDeps): ChargeRequest {
  const refuse = createRefusal(deps);

  const charge = (req: IncomingMessage, res: ServerResponse, calls: Calls, user: User | null): Spend | null => {
    const granted = user === null ? ofAddress(deps.limits, req, calls) : ofUser(deps.limits, user, calls);
    if (!('refusedBy' in granted)) return granted.spend;
    // tRPC's Express adapter refuses these calls, because it knows how to stream answers.
    if (isStreamed(req)) return granted.spend;
    deps.pace(() => refuse(req, res, calls, granted.refusedBy));
    return null;
  };

  return (req, res, begin) => {
    const calls = callsOf(req);
    const { authorization } = req.headers;
    // An API key belongs to a machine with a role, so its admin calls are not charged. The calls of an invalid key are
    // charged later, once the key has been checked.
    if (calls === null || (hasApiKey(authorization) && calls.charged.every((kind) => kind === 'admin'))) return begin();
    const go = (user: User | null): void => {
      const spend = charge(req, res, calls, user);
      if (spend === null) return;
      setSpend(req, spend);
      begin();
    };
    const payer = deps.authentication.payer(authorization);
    if (payer instanceof Promise) void payer.then(go);
    else go(payer);
  };
}

type Granted = { spend: Spend } | { spend: Spend; refusedBy: LimitName };

function ofAddress(limits: CallLimits, req: IncomingMessage, { charged }: Calls): Granted {
  let left = limits.ofAddress('stock', req, charged.length);
  const isRefused = left === 0;
  const spend = (): void => {
    if (left === 0) throw overLimit('address');
    left -= 1;
  };
  return isRefused ? { spend, refusedBy: 'address' } : { spend };
}

function ofUser(limits: CallLimits, { userId, role }: User, { charged }: Calls): Granted {
  const kindOf = (kind: Calls['charged'][number]): CallKind | null => {
    if (kind !== 'admin') return kind;
    return role === null ? 'reads' : null;
  };
  const left = { claims: 0, reads: 0 };
  let free = 0;
  for (const kind of charged.map(kindOf)) {
    if (kind === null) free += 1;
    else left[kind] += 1;
  }
  const asked: CallKind = left.claims > 0 ? 'claims' : 'reads';
  for (const kind of ['claims', 'reads'] as const) {
    if (left[kind] > 0) left[kind] = limits.ofUser('stock', userId, kind, left[kind]);
  }
  const isRefused = free + left.claims + left.reads === 0;
  const spend = (path: string): void => {
    const kind = kindOf(trpcCharge(path));
    if (kind === null) return;
    if (left[kind] === 0) throw overLimit(limitOfKind[kind]);
    left[kind] -= 1;
  };
  return isRefused ? { spend, refusedBy: limitOfKind[asked] } : { spend };
}

const isStreamed = ({ headers: { accept = '', 'trpc-accept': trpcAccept } }: IncomingMessage): boolean =>
  trpcAccept !== undefined || accept.includes('jsonl');

function createRefusal({ corsOrigins, onError }: ChargeDeps) {
  const trpcHeaders = createHeaders(corsOrigins);
  const restHeaders = createRestHeaders(corsOrigins);

  const overTrpc = (req: IncomingMessage, { batch, paths }: Calls, limit: LimitName): Wire => {
    const answers = paths.map((path): Answer => {
      const error = asTrpcError(overLimit(limit));
      onError(error, path);
      return { json: JSON.stringify({ error: errorShape(error, path) }), error };
    });
    const { status, headers, json } = batchReply(answers);
    const caching = req.method === 'POST' ? [] : ['cache-control', 'no-store'];
    const all = [...trpcHeaders(req.headers.origin), ...headers, ...caching];
    return { status, headers: all, body: batch ? json : (answers[0]?.json ?? '') };
  };

  const overRest = (req: IncomingMessage, { paths }: Calls, limit: LimitName): Wire => {
    const { status, headers, contentType, json, error } = problemOf(overLimit(limit));
    onError(error, paths[0] ?? '');
    const caching = req.method === 'POST' ? [] : ['cache-control', 'no-store'];
    const all = [...restHeaders(req.headers.origin), ...headers, 'content-type', contentType, ...caching];
    return { status, headers: all, body: json };
  };

  return (req: IncomingMessage, res: ServerResponse, calls: Calls, limit: LimitName): void => {
    if (res.destroyed) return;
    const { status, headers, body } = (calls.by === 'trpc' ? overTrpc : overRest)(req, calls, limit);
    // If `writeHead` got this list, it would drop the headers that are already set, such as `Connection: close`.
    for (let at = 0; at < headers.length; at += 2) res.setHeader(headers[at] ?? '', headers[at + 1] ?? '');
    res.setHeader('content-length', Buffer.byteLength(body));
    res.writeHead(status);
    res.end(body);
  };
}

type Wire = { status: number; headers: string[]; body: string };
