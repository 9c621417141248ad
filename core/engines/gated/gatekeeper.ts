import { say } from '../../messages/message.ts';
import type { EventRow } from '../../events/event-rows.ts';
import type { StrategyName } from '../../events/event.ts';
import { noEvent } from '../../events/no-event.ts';
import { isMysqlAway } from '../../mysql/mysql-error.ts';
import { rememberBriefly } from '../../runtime/briefly.ts';
import { Fault, asUnavailable } from '../../runtime/fault.ts';
import { failureState } from '../../runtime/state-changes.ts';
import type { Stores } from '../../stores/stores.ts';
import type { RoundEngine } from '../engine.ts';
import type { Gatekeeper, GateStanding } from '../gate-standing.ts';
import { gateLossKey } from '../log-gate-loss.ts';
import { gateStandingAlone } from './standing.ts';

const answerHoldsMs = 1_000;
/** Limits the memory that unknown ids can take. */
const answersMax = 10_000;

/** How a gatekeeper finds an event's row, and a strategy's engine. */
export type GatekeeperOptions = {
  find: (eventId: string) => Promise<EventRow | null>;
  engineOf: (strategy: StrategyName) => Pick<RoundEngine, 'standing'>;
};

/** Opens the gatekeeper of a process; a process needs only one. */
export function createGatekeeper(stores: Stores, options: GatekeeperOptions): Gatekeeper {
  return {
    standing: rememberBriefly((eventId) => findStanding(stores, eventId, options), {
      holdMs: (loaded) => ('value' in loaded && isPassing(loaded.value) ? 0 : answerHoldsMs),
      keysMax: answersMax,
    }),
  };
}

/** Whether the next call must look again, because an admin may change this state at any moment. */
function isPassing({ kind }: GateStanding): boolean {
  switch (kind) {
    case 'ready':
    case 'elsewhere':
    case 'early':
      return true;
    case 'closed':
    case 'retired':
      return false;
  }
}

async function findStanding(
  stores: Stores,
  eventId: string,
  { find, engineOf }: GatekeeperOptions,
): Promise<GateStanding> {
  const { log, logged } = stores;
  const unclear = `unclear ${eventId}`;
  const findByRows = async (): Promise<GateStanding> => {
    const event = await find(eventId);
    if (event === null) throw noEvent(eventId);
    return engineOf(event.strategy).standing(stores, event);
  };
  try {
    const standing = await findByRows().catch(async (err: unknown) => {
      const alone = isMysqlAway(err) ? await gateStandingAlone(stores, eventId) : null;
      if (alone === null) throw err;
      return alone;
    });
    logged.clear(unclear);
    logged.clear(gateLossKey(eventId));
    return standing;
  } catch (err) {
    if (err instanceof Fault) logged.clear(unclear);
    else if (logged.isNew(unclear, failureState(err))) {
      log.warn({ event: 'gate_unclear', eventId, err }, 'could not find out why the gate can’t decide');
    }
    throw asUnavailable(err, say('gate_unchecked', { eventId }));
  }
}
