import type { StrategyName } from '../events/event.ts';
import { Fault } from '../runtime/fault.ts';

/** The caller asked for a claim by one strategy, and the event has another. Nothing was decided. */
export class StrategyMismatch extends Fault {
  readonly asked: StrategyName;
  readonly actual: StrategyName;

  constructor(eventId: string, asked: StrategyName, actual: StrategyName) {
    super(
      'conflict',
      `Event ${eventId} has the strategy ${actual}, and this path takes claims of ${asked}. Nothing was decided. ` +
        `POST /api/v1/events/${eventId}/claims takes claims of every strategy.`,
    );
    this.name = 'StrategyMismatch';
    this.asked = asked;
    this.actual = actual;
  }
}
