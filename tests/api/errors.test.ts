import { TRPCError } from '@trpc/server';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asTrpcError, errorShape } from '../../api/errors.ts';
import { createErrorReport } from '../../api/report-error.ts';
import { Fault, type FaultCode } from '../../core/runtime/fault.ts';
import { callerAt } from './call.ts';
import { openTestApi, type TestApi } from './test-server.ts';
import { adminToken, badTokens, userToken } from './tokens.ts';

function readableLog() {
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { base: null },
    { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  return { log, lines, text: () => JSON.stringify(lines) };
}

const readable = readableLog();
let api: TestApi;
beforeAll(async () => {
  api = await openTestApi({ log: readable.log });
});
afterAll(() => api[Symbol.asyncDispose]());

describe('a fault in an answer', () => {
  const expected: Record<FaultCode, { status: number; code: string; reason?: string; retryAfter: string | null }> = {
    not_found: { status: 404, code: 'NOT_FOUND', retryAfter: null },
    bad_request: { status: 400, code: 'BAD_REQUEST', retryAfter: null },
    forbidden: { status: 403, code: 'FORBIDDEN', retryAfter: null },
    conflict: { status: 409, code: 'CONFLICT', retryAfter: null },
    busy: { status: 429, code: 'TOO_MANY_REQUESTS', reason: 'busy', retryAfter: '1' },
    unavailable: { status: 503, code: 'SERVICE_UNAVAILABLE', reason: 'unavailable', retryAfter: '1' },
    gate_lost: { status: 503, code: 'SERVICE_UNAVAILABLE', reason: 'gate_lost', retryAfter: '1' },
    overloaded: { status: 503, code: 'SERVICE_UNAVAILABLE', reason: 'overloaded', retryAfter: '1' },
  };

  it.each(Object.entries(expected))(
    'has the status and the body of its kind: %s',
    async (fault, { status, code, reason, retryAfter }) => {
      const shape = errorShape(asTrpcError(new Fault(fault as FaultCode, 'Because.')), 'claim.submit');
      expect(shape).toMatchObject({ message: 'Because.', data: { code, httpStatus: status, path: 'claim.submit' } });
      expect(shape.data.reason).toBe(reason);
      const eventId = { not_found: 'nobody', bad_request: '?', gate_lost: 'gate-lost' }[fault] ?? fault;
      for (const [path, kind] of [
        ['claim.submit', 'mutate'],
        ['claim.mine', 'query'],
      ] as const) {
        const reply = await callerAt(api.url, userToken('kim'))[kind](path, { eventId });
        expect(reply).toMatchObject({ status, error: { data: { code, httpStatus: status, path } } });
        expect(reply.error?.data.reason).toBe(reason);
        expect(reply.headers.get('retry-after')).toBe(retryAfter);
      }
    },
  );

  it('names the fields that are wrong', () => {
    const fault = new Fault('bad_request', 'opensAt is wrong', {
      issues: [{ path: ['opensAt'], message: 'is wrong' }],
    });
    expect(errorShape(asTrpcError(fault), 'x').data.issues).toEqual([{ path: ['opensAt'], message: 'is wrong' }]);
  });

  it('has its message as a code and parameters, so that pages can show it in another language', async () => {
    const reply = await callerAt(api.url, userToken('kim')).mutate('claim.submit', { eventId: 'nobody' });
    expect(reply.error).toMatchObject({
      message: 'There is no event nobody.',
      data: { problem: { code: 'no_event', params: { eventId: 'nobody' } } },
    });
    const unnamed = errorShape(asTrpcError(new Fault('conflict', 'Because.')), 'x');
    expect(unnamed.data.problem).toEqual({ code: 'conflict', params: {} });
  });

  it('is found even inside the error that tRPC wraps around it', () => {
    const wrapped = new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause: new Fault('busy', 'Wait.') });
    expect(asTrpcError(wrapped)).toMatchObject({ code: 'TOO_MANY_REQUESTS', message: 'Wait.' });
  });
});

describe('an unexpected error', () => {
  it.each([
    ['claim.submit', 'mutate'],
    ['claim.mine', 'query'],
    ['admin.event.pause', 'mutate'],
  ] as const)('reveals nothing about itself to the caller of %s', async (path, kind) => {
    const reply = await callerAt(api.url, adminToken('operator'))[kind](path, { eventId: 'broken' });
    expect(reply).toMatchObject({
      status: 500,
      error: { code: -32603, data: { code: 'INTERNAL_SERVER_ERROR', httpStatus: 500, path } },
    });
    expect(JSON.stringify(reply.error)).not.toMatch(/secret|hunter2|stack|\.ts/);
  });

  it('is logged for operators, with its stack but without the details that a driver appends', () => {
    const line = readable.lines.find(({ event }) => event === 'call_failed');
    expect(line).toMatchObject({ level: 50, cause: { name: 'Error', message: 'secret detail' } });
    expect((line?.['cause'] as { stack: string[] }).stack[0]).toMatch(/^at /);
    expect(readable.text()).not.toContain('hunter2');
  });

  it('may be a value that is not an Error', () => {
    expect(errorShape(asTrpcError('text'), undefined).data.code).toBe('INTERNAL_SERVER_ERROR');
    expect(errorShape(asTrpcError(undefined), undefined).data.code).toBe('INTERNAL_SERVER_ERROR');
  });
});

describe('the error log', () => {
  it('gets one line a second for each reason during an outage, however many calls fail', () => {
    const { log, lines } = readableLog();
    const report = createErrorReport(log);
    for (let count = 0; count < 1_000; count += 1)
      report(asTrpcError(new Fault('unavailable', 'Redis is away.')), 'claim.submit');
    report(asTrpcError(new Fault('gate_lost', 'Gone.')), 'claim.submit');
    expect(lines.map(({ event, reason }) => [event, reason])).toEqual([
      ['call_undecided', 'unavailable'],
      ['call_undecided', 'gate_lost'],
    ]);
  });

  it('gets no line for an issued claim, and none for a client’s error', async () => {
    const before = readable.lines.length;
    const kim = callerAt(api.url, userToken('kim'));
    await kim.mutate('claim.submit', { eventId: 'open' });
    await kim.mutate('claim.submit', { eventId: '?' });
    await kim.mutate('claim.submit', { eventId: 'nobody' });
    await callerAt(api.url, 'nonsense').mutate('claim.submit', { eventId: 'open' });
    expect(readable.lines.slice(before)).toEqual([]);
  });

  it('never contains a code or a token, not even an invalid token', async () => {
    const tokens = [userToken('kim'), ...Object.values(badTokens())].filter((token) => token.length > 20);
    for (const token of tokens) {
      const caller = callerAt(api.url, token.trim());
      await caller.mutate('claim.submit', { eventId: 'broken' }).catch(() => null);
      await caller.query('claim.mine', { eventId: 'broken' }).catch(() => null);
    }
    const text = readable.text();
    for (const token of tokens) expect(text).not.toContain(token.trim().slice(0, 25));
    expect(text).not.toContain('ABCD-EFGH');
    expect(text.toLowerCase()).not.toContain('bearer');
  });
});
