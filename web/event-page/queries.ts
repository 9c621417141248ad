import { queryOptions } from '@tanstack/react-query';
import type { EventView, FirstcomeClient } from '../shared/client.ts';
import { localMs, type ServerClock } from '../shared/clock.ts';
import { oncePerAnswer } from '../shared/query-client.ts';
import { pollAfterMs } from './poll-pace.ts';

/** An event as of the server's last answer. */
export type SeenEvent = {
  event: EventView;
  opensAtMs: number;
  /** The server's time when the answer arrived. */
  seenAtMs: number;
  tookMs: number;
};

/** Polls the event at the pace of its phase. Pauses while the tab is hidden. */
export const eventQuery = (client: FirstcomeClient, clock: ServerClock, eventId: string) =>
  queryOptions({
    queryKey: ['event.get', eventId],
    queryFn: async ({ signal }): Promise<SeenEvent> => {
      const askedMs = localMs();
      const event = await client.event.get.query({ eventId }, { signal });
      const tookMs = localMs() - askedMs;
      return { event, opensAtMs: Date.parse(event.opensAt), seenAtMs: clock.nowMs(), tookMs };
    },
    refetchInterval: oncePerAnswer((query: { state: { data: SeenEvent | undefined; dataUpdateCount: number } }) => {
      const seen = query.state.data;
      if (seen === undefined) return false;
      const { event, opensAtMs, seenAtMs, tookMs } = seen;
      return pollAfterMs({ phase: event.phase, opensAtMs, nowMs: seenAtMs, tookMs });
    }),
  });

/** An event that this device stored with its coupon. */
export const seenOnDevice = (event: EventView, clock: ServerClock): SeenEvent => ({
  ...{ event, opensAtMs: Date.parse(event.opensAt), seenAtMs: clock.nowMs(), tookMs: 0 },
});

/** Asks for the person's coupon of the event, at growing intervals until MySQL has it. */
export const mineQuery = (client: FirstcomeClient, eventId: string) => {
  let asked = 0;
  return queryOptions({
    queryKey: ['claim.mine', eventId],
    queryFn: ({ signal }) => client.claim.mine.query({ eventId }, { signal }),
    staleTime: 10_000,
    refetchInterval: oncePerAnswer(
      (query: { state: { data: { state: string } | null | undefined; dataUpdateCount: number } }) => {
        if (query.state.data?.state !== 'accepted') return false;
        asked += 1;
        return Math.min(30_000, 300 * 2 ** asked) * (0.75 + Math.random() * 0.5);
      },
    ),
  });
};

export const listQuery = (client: FirstcomeClient) =>
  queryOptions({
    queryKey: ['event.list'],
    queryFn: ({ signal }) => client.event.list.query({}, { signal }),
    refetchInterval: oncePerAnswer(() => 15_000 + Math.random() * 15_000),
  });

/** Asks for other events once, at a random moment within some seconds, because everybody who came too late asks. */
export const nextEventsQuery = (client: FirstcomeClient) =>
  queryOptions({
    queryKey: ['event.list', 'next'],
    queryFn: async ({ signal }) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 3_000));
      return client.event.list.query({}, { signal });
    },
    staleTime: Infinity,
  });

export const myCouponsQuery = (client: FirstcomeClient) =>
  queryOptions({
    queryKey: ['claim.list'],
    queryFn: ({ signal }) => client.claim.list.query({}, { signal }),
  });
