import type { ApiClient } from './api-client.ts';
import type { Remote } from './settings.ts';

/** A stream that the CLI writes to. `columns` may change while it runs. */
export type Sink = {
  write(text: string): void;
  /** Resolves when more may be written without piling up, or when `leaving` is aborted. */
  ready(leaving: AbortSignal): Promise<void>;
  isTTY: boolean;
  readonly columns: number | undefined;
};

/** How many places a line has: 80 where it can't be told, and a terminal that nobody gave a size says 0. */
export const columnsOf = ({ columns }: Pick<Sink, 'columns'>): number =>
  columns === undefined || columns === 0 ? 80 : columns;

/** Why somebody leaves a command that goes on by itself: Ctrl-C, or nobody reads any more. */
export type Leaving = 'interrupted' | 'unread';

/** All that the CLI has of the world; tests make their own. */
export type Io = {
  /** Data. */
  stdout: Sink;
  /** Talk. */
  stderr: Sink;
  /** Whether somebody is there to answer `ask`. */
  interactive: boolean;
  /** Resolves to null when the person leaves without an answer. */
  ask(question: string): Promise<string | null>;
  /** Aborted with a `Leaving`. Whoever asks for it has to end by it: Ctrl-C then no longer ends the process. */
  leaving(): AbortSignal;
  env: Record<string, string | undefined>;
  /** IANA name of this machine's time zone. */
  timeZone: string;
  /** The checkout's folder; a relative data dir lies in it. */
  root: string;
  nowMs(): number;
  connectApi(remote: Remote): Promise<ApiClient>;
};
