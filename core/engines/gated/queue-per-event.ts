import { Fault } from '../../runtime/fault.ts';
import type { ClaimAnswer, ClaimStrategy } from '../claim-strategy.ts';

/** More than this many claims waiting for one event in one process means that it can't keep up: say so at once. */
const waitingMax = 20_000;
/** Queues of events that nobody waits for are dropped above this, the oldest first. */
const queuesMax = 10_000;

/** Users who wait for an event. */
type EventQueue = { push(userId: string): Promise<ClaimAnswer>; readonly length: number };

/** Puts each claim into the queue of its event, which is opened with its first claim. */
export function createQueuePerEvent(open: (eventId: string) => EventQueue): ClaimStrategy['claim'] {
  const queues = new Map<string, EventQueue>();

  return (eventId, userId) => {
    const queue = queues.get(eventId) ?? add(eventId);
    if (queue.length < waitingMax) return queue.push(userId);
    return Promise.reject(new Fault('overloaded', `More than ${waitingMax} claims are waiting. Try again shortly.`));
  };

  function add(eventId: string): EventQueue {
    if (queues.size >= queuesMax) {
      for (const [idle, queue] of queues) {
        if (queue.length > 0) continue;
        queues.delete(idle);
        break;
      }
    }
    const queue = open(eventId);
    queues.set(eventId, queue);
    return queue;
  }
}
