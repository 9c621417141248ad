import { keepRunning, type Part } from './keep-running.ts';

/** Everything that a start has created, and how to end it when the system stops or the start fails halfway. */
export class Life {
  readonly #stopping = new AbortController();
  readonly #keeping: Promise<void>[] = [];
  readonly #closers: (() => unknown)[] = [];
  readonly #say: (line: string) => void;
  readonly #onStopping: (() => void)[] = [];
  #closed: Promise<boolean> | undefined;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /**
   * Registers a resource to end at the close, in reverse order of registration. `close` returns false if a resource had
   * to be killed.
   */
  onClose(close: () => unknown): void {
    this.#closers.push(close);
  }

  /** Registers a callback for when the close begins, before anything is ended. */
  onStopping(callback: () => void): void {
    this.#onStopping.push(callback);
  }

  /** Restarts a part whenever it ends, until the close. */
  keep(part: Part, restarted: () => void): void {
    this.#keeping.push(keepRunning(part, { say: this.#say, restarted, signal: this.#stopping.signal }));
  }

  /** Ends all registered resources, once. Resolves to whether each part ended by itself in time. */
  close(): Promise<boolean> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<boolean> {
    this.#stopping.abort();
    for (const callback of this.#onStopping) callback();
    await Promise.all(this.#keeping);
    let inTime = true;
    for (const close of this.#closers.toReversed()) inTime = (await close()) !== false && inTime;
    return inTime;
  }
}
