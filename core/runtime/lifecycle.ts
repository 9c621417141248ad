import type { Logger } from './log.ts';
import { within } from './within.ts';

type Closer = { name: string; close: () => Promise<unknown> };

/** How long a process may take, after a signal, to finish the work that it has accepted. */
export const closeDeadlineMs = 10_000;

/**
 * Closes everything that a process opened, in reverse order and only once, even after a start that failed halfway.
 * `close` never throws: it logs failures, and gives up if closing takes longer than `deadlineMs` in total. Resolves to
 * whether everything closed without a failure and in time.
 */
export class Lifecycle {
  readonly #closers: Closer[] = [];
  readonly #log: Logger;
  readonly #deadlineMs: number;
  #closing: Promise<boolean> | undefined;

  constructor(log: Logger, deadlineMs: number) {
    this.#log = log;
    this.#deadlineMs = deadlineMs;
  }

  /** Registers how to close `resource`, and returns `resource`. */
  add<T>(name: string, resource: T, close: (resource: T) => Promise<unknown>): T {
    this.#closers.push({ name, close: () => close(resource) });
    return resource;
  }

  /** A second call returns the promise of the first. */
  close(): Promise<boolean> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<boolean> {
    const endsAtMs = performance.now() + this.#deadlineMs;
    let inTime = true;
    for (const { name, close } of this.#closers.toReversed()) {
      const closed = close().then(
        () => 'closed' as const,
        (err: unknown) => ({ err }),
      );
      const result = await within(endsAtMs - performance.now(), closed, () => 'deadline' as const);
      if (result === 'closed') continue;
      inTime = false;
      if (result === 'deadline') {
        this.#log.error(
          { event: 'close_deadline', part: name, deadlineMs: this.#deadlineMs },
          `${name} did not close in time`,
        );
        break;
      }
      this.#log.error({ event: 'close_failed', part: name, err: result.err }, `${name} failed to close`);
    }
    return inTime;
  }
}
