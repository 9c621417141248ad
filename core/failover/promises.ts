import { LRUCache } from 'lru-cache';
import { provenTo, wasRebuilt, type GateHistory } from './proven-serials.ts';

/** If there are more events than this, those whose last promise is oldest are dropped. */
const eventsMax = 5_000;
/** If an event has more ids than this, the oldest id is dropped, and its serial is compared by number alone. */
const historiesMax = 8;

/** The most that a process has promised for one event. */
export type Promised = {
  round: number;
  /** The highest serial that may have been sent to its user, or that was sent to MySQL. */
  serial: number;
  /**
   * The highest serial for each id under which a gate gave serials. The ids matter because two gates may have given one
   * serial to two users. Missing from records that earlier versions wrote.
   */
  under?: Record<string, number>;
  /** The version of the newest settings that an admin was told are in effect. */
  version: number;
  /** The `RedisLink.runId` under which this process last used the gate itself; '' if it never did. */
  usedUnder: string;
};

/**
 * What this process has promised: to users by an answer, to MySQL by storing a claim, to admins by confirming a change.
 *
 * A gate gives its serials in order, and a replica has everything that its primary had up to some moment. So a promoted
 * replica whose gate has issued serial S has every claim up to S, and comparing a few numbers shows whether it has all
 * that was promised.
 */
export class Promises {
  readonly #events = new LRUCache<string, Promised>({ max: eventsMax });

  /**
   * Notes a serial before anybody learns of it. `usedUnder` is the id of the Redis if this process used the gate itself,
   * else ''. `under` is the id under which the gate gave the serial.
   */
  note(eventId: string, round: number, serial: number, usedUnder: string, under = usedUnder): void {
    let known = this.#events.get(eventId);
    if (known === undefined || known.round < round) {
      known = { round, serial: 0, under: {}, version: known?.version ?? 0, usedUnder };
      this.#events.set(eventId, known);
    }
    if (known.round !== round) return;
    if (usedUnder !== '') known.usedUnder = usedUnder;
    if (serial === 0) return;
    if (serial > known.serial) known.serial = serial;
    const histories = (known.under ??= {});
    if (histories[under] === undefined) dropOldest(histories);
    if (serial > (histories[under] ?? 0)) histories[under] = serial;
  }

  noteVersion(eventId: string, round: number, version: number): void {
    this.note(eventId, round, 0, '');
    const known = this.#events.get(eventId);
    if (known !== undefined && version > known.version) known.version = version;
  }

  of(eventId: string): Readonly<Promised> | undefined {
    return this.#events.get(eventId);
  }

  /** A copy of what is noted now; later notes don't change it. */
  copyOf(eventId: string): Readonly<Promised> | undefined {
    const known = this.#events.get(eventId);
    return known && copyOf(known);
  }

  /** Takes over what another process has promised. */
  takeOver(promised: Readonly<Record<string, Promised>>): void {
    for (const [eventId, { round, version, ...most }] of Object.entries(promised)) {
      for (const [under, serial] of Object.entries(serialsOf(most))) this.note(eventId, round, serial, '', under);
      if (this.#events.get(eventId)?.round === round) this.noteVersion(eventId, round, version);
    }
  }

  /**
   * Compares what was promised with a gate that is trusted under `runId`. `noted` is what `copyOf` returned before the
   * gate was read. Returns the serials that the gate lacks, `from` to `to`; null if it lacks none. `isSettled`: an
   * operator has let the event continue without these serials, so this process forgets that they were promised.
   */
  lackingIn(
    eventId: string,
    gate: GateHistory & { round: number; paused: boolean },
    runId: string,
    noted: Readonly<Promised> | undefined,
  ): { from: number; to: number; isSettled: boolean } | null {
    if (noted === undefined || gate.runId !== runId || noted.round < gate.round) return null;
    // If `histories` is missing, an earlier version made the gate, and it is unknown whether the gate was rebuilt.
    const mayBeRebuilt = wasRebuilt(gate) || !gate.histories;
    if (noted.round === gate.round) {
      for (const [under, serial] of Object.entries(serialsOf(noted))) {
        const to = provenTo(gate, under);
        if (under !== runId && to < Infinity && serial > to && !mayBeRebuilt) {
          return { from: to + 1, to: serial, isSettled: false };
        }
      }
      if (noted.serial <= gate.issued) return null;
    } else if (!mayBeRebuilt && noted.serial > 0) return { from: 1, to: noted.serial, isSettled: false };
    if (!mayBeRebuilt || gate.paused || noted.serial === 0) return null;
    const { round, issued } = gate;
    const under = Object.entries(serialsOf(noted)).filter(([, serial]) => noted.round === round && serial <= issued);
    const left = { round, serial: Math.min(noted.serial, issued), under: Object.fromEntries(under) };
    this.#events.set(eventId, { ...noted, ...left });
    return { from: noted.round === round ? issued + 1 : 1, to: noted.serial, isSettled: true };
  }

  all(): Record<string, Promised> {
    return Object.fromEntries([...this.#events.entries()].map(([eventId, promised]) => [eventId, copyOf(promised)]));
  }
}

function dropOldest(histories: Record<string, number>): void {
  const [oldest, ...others] = Object.keys(histories).filter((id) => id !== '');
  if (oldest === undefined || others.length + 1 < historiesMax) return;
  histories[''] = Math.max(histories[''] ?? 0, histories[oldest] ?? 0);
  delete histories[oldest];
}

/**
 * The highest serial for each id under which serials were promised; the id is '' in a record that an earlier version
 * wrote.
 */
export const serialsOf = ({ serial, under }: Pick<Promised, 'serial' | 'under'>): Record<string, number> =>
  under ?? (serial === 0 ? {} : { '': serial });

const copyOf = (promised: Promised): Promised => ({
  ...promised,
  ...(promised.under && { under: { ...promised.under } }),
});
