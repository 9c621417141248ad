import type { ApiClient } from './api-client.ts';
import type { Remote } from './settings.ts';

/** A stream that the CLI writes to. `columns` may change while it runs. */
export type Sink = {
  write(text: string): void;
  /** Resolves when the buffer has been written, or when `leaving` is aborted. */
  ready(leaving: AbortSignal): Promise<void>;
  isTTY: boolean;
  readonly columns: number | undefined;
};

/** The width of a line, or 80 if it is unknown. A terminal without a size reports 0. */
export const columnsOf = ({ columns }: Pick<Sink, 'columns'>): number =>
  columns === undefined || columns === 0 ? 80 : columns;

/** Why a long-running command ends early: the user pressed Ctrl-C, or the reader closed the pipe. */
export type Leaving = 'interrupted' | 'unread';

/** The outside world of the CLI. Tests supply their own. */
export type Io = {
  stdout: Sink;
  /** For remarks and errors. */
  stderr: Sink;
  interactive: boolean;
  /** Resolves to null if the user presses Ctrl-C or Ctrl-D. */
  ask(question: string): Promise<string | null>;
  /**
   * Returns a signal that aborts with a `Leaving`. After this call, Ctrl-C no longer ends the process, so the caller
   * must stop when the signal aborts.
   */
  leaving(): AbortSignal;
  env: Record<string, string | undefined>;
  /** IANA name of this machine's time zone. */
  timeZone: string;
  /** The checkout's folder. A relative data directory is relative to this folder. */
  root: string;
  nowMs(): number;
  connectApi(remote: Remote): Promise<ApiClient>;
};
