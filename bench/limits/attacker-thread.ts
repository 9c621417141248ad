import { parentPort, workerData } from 'node:worker_threads';
import { claimRequest, restClaimRequest } from '../../proof/flash-sale/claim-call.ts';
import { createHttpPool } from '../../proof/flash-sale/http-pool.ts';
import { monotonicMs } from '../../proof/flash-sale/monotonic.ts';

/** The attacker runs on its own thread, so that its calls don't delay the clients whose latency is measured. */

export type AttackerOrders = { host: string; port: number; eventId: string; token: string; ms: number };

/** How many calls the attacker made, and how they were answered. */
export type AttackerResult = { calls: number; limited: number; answered: number; failed: number };

export const attackerConnections = 200;
const callTimeoutMs = 10_000;
const batchCalls = 10;

/** One request of each shape, and how many calls it makes. */
function shapesOf({ host, port, eventId, token }: AttackerOrders): { request: string; calls: number }[] {
  const single = claimRequest({ host, port }, eventId, token);
  const path = Array.from({ length: batchCalls }, () => 'claim.submit').join(',');
  const body = JSON.stringify(
    Object.fromEntries(Array.from({ length: batchCalls }, (_, at): [number, object] => [at, { eventId }])),
  );
  const batch =
    `POST /trpc/${path}?batch=1 HTTP/1.1\r\nHost: ${host}:${port}\r\nAuthorization: Bearer ${token}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  return [
    { request: single, calls: 1 },
    { request: batch, calls: batchCalls },
    { request: single.replace('/trpc/claim.submit ', '/trpc/claim.submit?x=1 '), calls: 1 },
    { request: restClaimRequest({ host, port }, eventId, token), calls: 1 },
  ];
}

async function attack(orders: AttackerOrders): Promise<AttackerResult> {
  const { host, port, ms } = orders;
  const pool = createHttpPool({ host, port, connectionsMax: attackerConnections, timeoutMs: callTimeoutMs });
  const endsAtMs = monotonicMs() + ms;
  const shapes = shapesOf(orders);
  const result: AttackerResult = { calls: 0, limited: 0, answered: 0, failed: 0 };

  const callAgain = async (at: number): Promise<void> => {
    const { request, calls } = shapes[at % shapes.length] ?? { request: '', calls: 0 };
    while (monotonicMs() < endsAtMs) {
      const { reply } = await pool.call(request);
      result.calls += calls;
      if (reply instanceof Error) {
        result.failed += calls;
        continue;
      }
      const limited = reply.body.split('"over_limit"').length - 1;
      result.limited += limited;
      result.answered += calls - limited;
    }
  };
  await Promise.all(Array.from({ length: attackerConnections }, (_, at) => callAgain(at)));
  pool.close();
  return result;
}

parentPort?.postMessage(await attack(workerData as AttackerOrders));
