import { expect, it } from 'vitest';
import { formatTraceparent, parseTraceparent } from '../../../core/tracing/traceparent.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

it('a traceparent names the trace, the caller’s span, and whether the caller records the trace', () => {
  expect(parseTraceparent(`00-${traceId}-${spanId}-01`)).toEqual({ traceId, spanId, sampled: true });
  expect(parseTraceparent(`00-${traceId}-${spanId}-00`)).toEqual({ traceId, spanId, sampled: false });
  // The other flags have no meaning for us.
  expect(parseTraceparent(`00-${traceId}-${spanId}-fe`)).toMatchObject({ sampled: false });
  expect(parseTraceparent(`00-${traceId}-${spanId}-03`)).toMatchObject({ sampled: true });
});

it('a traceparent of a later version is read as far as this version knows it', () => {
  expect(parseTraceparent(`cc-${traceId}-${spanId}-01-what-the-future-will-be-like`)).toMatchObject({
    traceId,
    spanId,
  });
});

it.each([
  ['', 'is empty'],
  [`00-${traceId}-${spanId}`, 'has no flags'],
  [`00-${traceId}-${spanId}-01-more`, 'has a field that version 00 does not have'],
  [`ff-${traceId}-${spanId}-01`, 'has the forbidden version'],
  [`00-${'0'.repeat(32)}-${spanId}-01`, 'has no trace id'],
  [`00-${traceId}-${'0'.repeat(16)}-01`, 'has no span id'],
  [`00-${traceId.toUpperCase()}-${spanId}-01`, 'has upper-case digits'],
  [`00-${traceId}-${spanId}-01 `, 'has a space'],
  [`00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`, 'is two'],
])('a traceparent is ignored if it %2$s: %1$s', (text) => {
  expect(parseTraceparent(text)).toBeNull();
});

it('a written traceparent is read as the same span, and as sampled', () => {
  expect(parseTraceparent(formatTraceparent({ traceId, spanId }))).toEqual({ traceId, spanId, sampled: true });
});
