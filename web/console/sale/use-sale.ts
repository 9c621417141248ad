import { useQuery } from '@tanstack/react-query';
import { useConsole } from '../shell/console-context.ts';
import type { Outputs } from '../shell/session.ts';

export type Sale = Outputs['admin']['sale']['get'];

/** A sale is read often from this long before the opening until this long after the opening or the last claim. */
const closeBeforeMs = 4_000;
const closeAfterMs = 20_000;

/**
 * The time until the console reads a sale again. It is short around the opening and while coupons are issued, so that
 * the peak appears at once.
 */
export function paceOf(sale: Sale | undefined): number {
  if (sale === undefined) return 1_500;
  const nowMs = Date.parse(sale.serverTime);
  const isOver = sale.closedAt !== null || sale.soldOutAt !== null;
  if (isOver && (sale.storedAt !== null || sale.issued === 0)) return 5_000;
  const sinceOpeningMs = nowMs - Date.parse(sale.opensAt);
  const sinceClaimMs = sale.lastClaimedAt === null ? Infinity : nowMs - Date.parse(sale.lastClaimedAt);
  const isClose = sinceOpeningMs > -closeBeforeMs && Math.min(sinceOpeningMs, sinceClaimMs) < closeAfterMs;
  return isClose ? 300 : 1_500;
}

/**
 * Reads how a round's sale is going, and reads it again while that may change. Without `round`, reads the current
 * round.
 */
export function useSale(eventId: string, round?: number) {
  const { client } = useConsole();
  return useQuery({
    queryKey: ['sale', eventId, round ?? null],
    queryFn: ({ signal }) =>
      client.admin.sale.get.query({ eventId, ...(round !== undefined && { round }) }, { signal }),
    refetchInterval: ({ state }) => paceOf(state.data),
    staleTime: 100,
  });
}

const refusals = new Set<string>(['sold_out', 'not_open', 'paused', 'closed']);
const troubles = new Set<string>(['busy', 'unavailable', 'gate_lost', 'overloaded', 'error']);

type Answers = readonly { outcome: string; count: number }[];
const countOf = (answers: Answers, among: ReadonlySet<string>): number =>
  answers.reduce((sum, { outcome, count }) => (among.has(outcome) ? sum + count : sum), 0);

/** The number of refused calls. A refusal is final and gives no coupon. */
export const refusedIn = ({ answers }: { answers: Answers }): number => countOf(answers, refusals);
/** The number of calls that ended without a decision, so that their callers had to try again. */
export const undecidedIn = ({ answers }: { answers: Answers }): number => countOf(answers, troubles);

/** A sale's highest rate, in claims per second. */
export const peakPerSecond = ({ peak }: Pick<Sale, 'peak'>): number | null =>
  peak === null ? null : Math.round(peak.claims / peak.width);
