import type { ClaimOutcome } from '../claims/claim.ts';
import { attributeNames, spanNames, type Attributes } from '../tracing/names.ts';
import { activeSpan, recorded } from '../tracing/span.ts';
import type { Claims } from './claims.ts';

/** Records each claim of a traced call, from the call to the outcome. Only for processes that trace. */
export const traceClaims = (claims: Claims): Claims => ({
  ...claims,
  submit: (eventId, userId, only) => {
    const span = activeSpan()?.child(spanNames.claim, { attributes: { [attributeNames.eventId]: eventId } });
    if (span === undefined) return claims.submit(eventId, userId, only);
    return recorded(span, async () => {
      const outcome = await claims.submit(eventId, userId, only);
      span.set(attributesOf(outcome));
      return outcome;
    });
  },
});

function attributesOf(outcome: ClaimOutcome): Attributes {
  if (outcome.status !== 'issued') return { [attributeNames.outcome]: outcome.status };
  return {
    [attributeNames.outcome]: outcome.status,
    [attributeNames.serial]: outcome.serial,
    [attributeNames.round]: outcome.round,
    [attributeNames.replayed]: outcome.replayed,
  };
}
