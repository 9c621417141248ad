import { createHttpPool } from '../../proof/flash-sale/http-pool.ts';
import { pollAfterMs } from '../../web/event-page/poll-pace.ts';

type Seen = { phase: 'closed' | 'scheduled' | 'paused' | 'sold_out' | 'open'; remaining: number; atMs: number };

/**
 * Simulated pages that are open on one event. Each has a separate connection, and polls as often as the real page does.
 */
export type OpenPages = {
  /** Each page's last answer, or null before its first. */
  readonly seen: readonly (Seen | null)[];
  /** All response times so far, in ms. */
  readonly tookMs: readonly number[];
  /** How many polls got no good answer. */
  readonly failures: number;
  close(): void;
};

export type OpenPagesOptions = { host: string; port: number; eventId: string; pages: number; overMs: number };

const timeoutMs = 6_000;

/** Opens the pages, spread evenly over `overMs`. Resolves when all are connected. */
export async function openPages({ host, port, eventId, pages, overMs }: OpenPagesOptions): Promise<OpenPages> {
  const pool = createHttpPool({ host, port, connectionsMax: pages, timeoutMs });
  const input = encodeURIComponent(JSON.stringify({ eventId }));
  const request = `GET /trpc/event.get?input=${input} HTTP/1.1\r\nHost: ${host}:${port}\r\nAccept: */*\r\n\r\n`;
  const seen: (Seen | null)[] = Array.from({ length: pages }, () => null);
  const tookMs: number[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let failures = 0;
  let closed = false;

  const later = (ms: number, page: number): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      void ask(page);
    }, ms);
    timers.add(timer);
  };
  const ask = async (page: number): Promise<void> => {
    const { sentAtMs, receivedAtMs, reply } = await pool.call(request);
    if (closed) return;
    if (reply instanceof Error || reply.status !== 200) {
      failures += 1;
      return later(1_000 + Math.random() * 4_000, page);
    }
    const { result } = JSON.parse(reply.body) as { result: { data: Seen & { opensAt: string; serverTime: string } } };
    const { phase, remaining, opensAt, serverTime } = result.data;
    const took = receivedAtMs - sentAtMs;
    tookMs.push(took);
    seen[page] = { phase, remaining, atMs: Date.now() };
    const nowMs = Date.parse(serverTime);
    later(pollAfterMs({ phase, opensAtMs: Date.parse(opensAt), nowMs, tookMs: took }), page);
  };

  await pool.open(pages);
  for (let page = 0; page < pages; page += 1) later((overMs * page) / pages, page);
  return {
    seen,
    tookMs,
    get failures() {
      return failures;
    },
    close: () => {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      pool.close();
    },
  };
}
