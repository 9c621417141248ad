import type { AnswerOutcome } from '../checker/answer.ts';
import type { HttpReply } from './http-reply.ts';

/** The bytes of a `claim.submit` request. */
export function claimRequest(target: { host: string; port: number }, eventId: string, token: string): string {
  const body = JSON.stringify({ eventId });
  return (
    `POST /trpc/claim.submit HTTP/1.1\r\nHost: ${target.host}:${target.port}\r\nAuthorization: Bearer ${token}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
}

/** The bytes of a claim over REST, which has no body. */
export function restClaimRequest(target: { host: string; port: number }, eventId: string, token: string): string {
  return (
    `POST /api/v1/events/${eventId}/claims HTTP/1.1\r\nHost: ${target.host}:${target.port}\r\n` +
    `Authorization: Bearer ${token}\r\nContent-Length: 0\r\n\r\n`
  );
}

/** Returns the outcome that a reply to `claim.submit` reports. Without a reply, the outcome is unknown. */
export function readOutcome(reply: HttpReply | Error): AnswerOutcome {
  if (reply instanceof Error)
    return { status: 'unknown', reason: 'code' in reply ? String(reply.code) : reply.message };
  if (reply.status === 200) return readData(reply.body) ?? { status: 'rejected', reason: `200 with ${reply.body}` };
  const given = errorReason(reply.body);
  if (reply.status === 429 && given === 'busy') return { status: 'busy' };
  const reason = `HTTP ${reply.status} ${given}`.trim();
  return reply.status === 429 || reply.status >= 500 ? { status: 'unknown', reason } : { status: 'rejected', reason };
}

function readData(body: string): AnswerOutcome | null {
  const data = field(field(parse(body), 'result'), 'data');
  const timeMs = (name: string): number => Date.parse(String(field(data, name)));
  const status = field(data, 'status');
  switch (status) {
    case 'issued': {
      const [serial, code, round, replayed] = ['serial', 'code', 'round', 'replayed'].map((name) => field(data, name));
      const claimedAtMs = timeMs('claimedAt');
      if (typeof serial !== 'number' || typeof code !== 'string' || typeof round !== 'number') return null;
      if (typeof replayed !== 'boolean' || Number.isNaN(claimedAtMs)) return null;
      return { status, serial, code, claimedAtMs, round, replayed };
    }
    case 'not_open': {
      const [opensAtMs, serverTimeMs] = [timeMs('opensAt'), timeMs('serverTime')];
      return Number.isNaN(opensAtMs + serverTimeMs) ? null : { status, opensAtMs, serverTimeMs };
    }
    case 'sold_out':
    case 'paused':
    case 'closed':
      return { status };
    default:
      return null;
  }
}

function errorReason(body: string): string {
  const data = field(field(parse(body), 'error'), 'data');
  const reason = field(data, 'reason') ?? field(data, 'code');
  return typeof reason === 'string' ? reason : '';
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
