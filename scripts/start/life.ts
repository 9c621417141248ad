import { keepRunning, type Part } from './keep-running.ts';

/** Everything that a start has created, so that a stop or a failed start can end it. */
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
   * Registers a resource that the close will end. The resource that was registered last ends first. `close` returns
   * false if it had to kill the resource.
   */
  onClose(close: () => unknown): void {
    this.#closers.push(close);
  }

  /** Registers a callback that is called when the close begins. */
  onStopping(callback: () => void): void {
    this.#onStopping.push(callback);
  }

  /** Restarts a part whenever it ends, until the close. */
  keep(part: Part, restarted: () => void): void {
    this.#keeping.push(keepRunning(part, { say: this.#say, restarted, signal: this.#stopping.signal }));
  }

  /** Ends all registered resources, once. Resolves to false if a part had to be killed. */
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
