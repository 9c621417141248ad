import { describe, expect, it } from 'vitest';
import { readOutcome } from '../../../proof/flash-sale/claim-call.ts';
import { parseHttpReply } from '../../../proof/flash-sale/http-reply.ts';

const sized = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a":"é"}'.replace(
  '9',
  '10',
);
const chunked =
  'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n';

describe('parseHttpReply', () => {
  it.each([
    ['with a length', sized, { status: 200, body: '{"a":"é"}', retryAfterMs: null, keepAlive: true }],
    ['in chunks', chunked, { status: 503, body: '{"a":1}', retryAfterMs: 2_000, keepAlive: false }],
  ])('reads a reply %s once it is complete', (_name, text, reply) => {
    const bytes = Buffer.from(text);
    expect(parseHttpReply(bytes)).toEqual(reply);
    const partial = Array.from({ length: bytes.length - 2 }, (_, length) => parseHttpReply(bytes.subarray(0, length)));
    expect(new Set(partial)).toEqual(new Set([null]));
  });

  it('refuses a reply that is not HTTP', () => {
    expect(() => parseHttpReply(Buffer.from('hello\r\n\r\n'))).toThrow('not an HTTP reply');
  });
});

describe('readOutcome', () => {
  const reply = (status: number, body: unknown) =>
    readOutcome({
      status,
      body: typeof body === 'string' ? body : JSON.stringify(body),
      retryAfterMs: null,
      keepAlive: true,
    });
  const data = (value: unknown) => ({ result: { data: value } });

  it('reads every kind of answer', () => {
    const claim = { serial: 3, code: 'C', round: 1, replayed: false };
    expect(reply(200, data({ status: 'issued', ...claim, claimedAt: '2030-01-01T00:00:00.005Z' }))).toEqual({
      status: 'issued',
      ...claim,
      claimedAtMs: Date.UTC(2030, 0, 1) + 5,
    });
    const times = { opensAt: '2030-01-01T00:00:00.000Z', serverTime: '2029-12-31T23:59:59.990Z' };
    expect(reply(200, data({ status: 'not_open', ...times }))).toEqual({
      status: 'not_open',
      opensAtMs: Date.UTC(2030, 0, 1),
      serverTimeMs: Date.UTC(2030, 0, 1) - 10,
    });
    expect(reply(200, data({ status: 'sold_out' }))).toEqual({ status: 'sold_out' });
  });

  it('reads busy as a separate outcome, not as unknown', () => {
    const error = { error: { data: { code: 'TOO_MANY_REQUESTS', reason: 'busy' } } };
    expect(reply(429, error)).toEqual({ status: 'busy' });
  });

  it('reads 5xx, no reply, and a 429 that is not from the API as unknown', () => {
    const error = { error: { data: { code: 'SERVICE_UNAVAILABLE', reason: 'unavailable' } } };
    expect(reply(503, error)).toEqual({ status: 'unknown', reason: 'HTTP 503 unavailable' });
    expect(reply(429, '')).toEqual({ status: 'unknown', reason: 'HTTP 429' });
    expect(readOutcome(new Error('cut'))).toEqual({ status: 'unknown', reason: 'cut' });
  });

  it('reads every other answer as rejected', () => {
    const error = { error: { data: { code: 'UNAUTHORIZED' } } };
    expect(reply(401, error)).toEqual({ status: 'rejected', reason: 'HTTP 401 UNAUTHORIZED' });
    expect(reply(200, data({ status: 'issued', serial: '3' }))).toMatchObject({ status: 'rejected' });
    expect(reply(200, '<html>')).toMatchObject({ status: 'rejected' });
  });
});
