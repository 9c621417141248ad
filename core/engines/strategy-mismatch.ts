import { say } from '../messages/message.ts';
import type { StrategyName } from '../events/event.ts';
import { Fault } from '../runtime/fault.ts';

/** The event has a different strategy from the one that the caller asked for. Nothing was decided. */
export class StrategyMismatch extends Fault {
  readonly asked: StrategyName;
  readonly actual: StrategyName;

  constructor(eventId: string, asked: StrategyName, actual: StrategyName) {
    super('conflict', say('strategy_mismatch', { eventId, actual, asked }));
    this.name = 'StrategyMismatch';
    this.asked = asked;
    this.actual = actual;
  }
}
