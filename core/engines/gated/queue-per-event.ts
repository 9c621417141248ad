import { say } from '../../messages/message.ts';
import { Fault } from '../../runtime/fault.ts';

/** With more claims than this in one event's queue, the process can't keep up, so it rejects new claims at once. */
const waitingMax = 20_000;
/** With more queues, empty ones are dropped, oldest first. */
const queuesMax = 10_000;

/** The claims of one event that wait to be decided. */
type EventQueue<Item, Outcome> = { push(item: Item): Promise<Outcome>; readonly length: number };

/** Puts each claim into the queue of its event. The event's first claim opens the queue. */
export function createQueuePerEvent<Item, Outcome>(
  open: (eventId: string) => EventQueue<Item, Outcome>,
): (eventId: string, item: Item) => Promise<Outcome> {
  const queues = new Map<string, EventQueue<Item, Outcome>>();

  return (eventId, item) => {
    const queue = queues.get(eventId) ?? add(eventId);
    if (queue.length < waitingMax) return queue.push(item);
    return Promise.reject(new Fault('overloaded', say('queue_full', { max: waitingMax })));
  };

  function add(eventId: string): EventQueue<Item, Outcome> {
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
