import type { SubmittedClaim } from '../submit-claim.ts';
import type { Reply } from './problem.ts';

/** Returns the answer to a claim over REST. The body is `claim.submit`'s answer; the status shows the outcome. */
export function claimReply(claim: SubmittedClaim): Reply {
  return {
    status: statusOf(claim),
    contentType: 'application/json',
    headers: headersOf(claim),
    json: JSON.stringify(claim),
  };
}

function statusOf(claim: SubmittedClaim): number {
  switch (claim.status) {
    case 'issued':
      return claim.replayed ? 200 : 201;
    case 'not_open':
    case 'paused':
    case 'not_admitted':
      return 409;
    case 'sold_out':
    case 'closed':
      return 410;
  }
}

/** The time to retry is the opening, by the clock that opens the event. */
function headersOf(claim: SubmittedClaim): string[] {
  if (claim.status !== 'not_open') return [];
  const seconds = Math.ceil((Date.parse(claim.opensAt) - Date.parse(claim.serverTime)) / 1_000);
  return ['retry-after', String(Math.max(1, seconds))];
}
