import { keepRunning, type Part } from './keep-running.ts';

/** What a start has made so far, and how it is ended: after a stop, and after a start that failed halfway. */
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

  /** Ends something at the close; the last one registered is ended first. False means that it took force. */
  onClose(close: () => unknown): void {
    this.#closers.push(close);
  }

  /** Called when the close begins, before anything is ended. */
  onStopping(callback: () => void): void {
    this.#onStopping.push(callback);
  }

  /** Starts a part again whenever it ends, until the close. */
  keep(part: Part, restarted: () => void): void {
    this.#keeping.push(keepRunning(part, { say: this.#say, restarted, signal: this.#stopping.signal }));
  }

  /** Ends all, once. Resolves to whether each part ended by itself in time. */
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
