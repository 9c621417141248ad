import { LRUCache } from 'lru-cache';

/** With more events, those whose last promise is oldest are dropped. */
const eventsMax = 5_000;

/** The most that a process has promised for one event. */
export type Promised = {
  round: number;
  /** The highest serial that a user was, or may have been, told is theirs, or that was sent to MySQL. */
  serial: number;
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

  /** Notes a serial before anybody learns of it. `usedUnder` is the id of the Redis that gave it. */
  note(eventId: string, round: number, serial: number, usedUnder: string): void {
    const known = this.#events.get(eventId);
    if (known?.round !== round) {
      if (known === undefined || known.round < round)
        this.#events.set(eventId, { round, serial, version: known?.version ?? 0, usedUnder });
      return;
    }
    if (serial > known.serial) known.serial = serial;
    if (usedUnder !== '') known.usedUnder = usedUnder;
  }

  noteVersion(eventId: string, round: number, version: number): void {
    this.note(eventId, round, 0, '');
    const known = this.#events.get(eventId);
    if (known !== undefined && version > known.version) known.version = version;
  }

  of(eventId: string): Readonly<Promised> | undefined {
    return this.#events.get(eventId);
  }

  /** Takes over what another process has promised. */
  takeOver(promised: Readonly<Record<string, Promised>>): void {
    for (const [eventId, { round, serial, version }] of Object.entries(promised)) {
      this.note(eventId, round, serial, '');
      if (this.#events.get(eventId)?.round === round) this.noteVersion(eventId, round, version);
    }
  }

  /**
   * Compares what was promised with a gate that is trusted under `runId`. Everything that was promised earlier must be
   * in the gate, unless an operator let the event go on without it. Returns the serials that the gate lacks, `from` to
   * `to`, and forgets them; null if it lacks none.
   */
  lackingIn(
    eventId: string,
    gate: { round: number; issued: number; runId: string },
    runId: string,
  ): { from: number; to: number } | null {
    const known = this.#events.get(eventId);
    if (known === undefined || gate.runId !== runId || known.usedUnder === runId) return null;
    if (known.round < gate.round || (known.round === gate.round && known.serial <= gate.issued)) return null;
    const lacking = { from: known.round === gate.round ? gate.issued + 1 : 1, to: known.serial };
    this.#events.set(eventId, { ...known, round: gate.round, serial: gate.issued });
    return lacking;
  }

  all(): Record<string, Promised> {
    return Object.fromEntries([...this.#events.entries()].map(([eventId, promised]) => [eventId, { ...promised }]));
  }
}
