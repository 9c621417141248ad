import { useQuery } from '@tanstack/react-query';
import { useConsole } from '../shell/console-context.ts';
import type { Outputs } from '../shell/session.ts';

export type Sale = Outputs['admin']['sale']['get'];

/** How long before the opening, and after the opening or a claim, a sale is watched closely. */
const closeBeforeMs = 4_000;
const closeAfterMs = 20_000;

/** The time until a sale is read again: short around the opening and while it sells, so that the peak is seen at once. */
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

/** The course of a round's sale, read again while it changes. Without `round`, the current round. */
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

/** How many calls were refused: a certain answer that gives no coupon. */
export const refusedIn = ({ answers }: { answers: Answers }): number => countOf(answers, refusals);
/** How many calls ended without an answer, so that their callers had to call again. */
export const undecidedIn = ({ answers }: { answers: Answers }): number => countOf(answers, troubles);

/** The fastest rate of a sale, per second. */
export const peakPerSecond = ({ peak }: Pick<Sale, 'peak'>): number | null =>
  peak === null ? null : Math.round(peak.claims / peak.width);
