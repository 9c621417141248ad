import type { Settings } from './settings.ts';
import type { Door } from './door.ts';

/** A stream that the CLI writes to. */
export type Sink = { write(text: string): void; isTTY: boolean; columns: number | undefined };

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
  env: Record<string, string | undefined>;
  /** `user@host`. */
  user: string;
  /** IANA name of this machine's time zone. */
  timeZone: string;
  /** The checkout's folder; a relative data dir lies in it. */
  root: string;
  nowMs(): number;
  openDoor(settings: Settings, options: { debug: boolean }): Promise<Door>;
};
