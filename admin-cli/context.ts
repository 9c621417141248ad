import type { Door } from './door.ts';
import type { Io } from './io.ts';
import { createOutput, type Output } from './output.ts';
import { readSettings, requireSystem, type Settings } from './settings.ts';
import type { Moment } from './show-event.ts';

/** What a handler works with. */
export type Context = {
  io: Io;
  out: Output;
  settings: () => Settings;
  /** Opened at the first call. Throws `SetupError` when it isn't known where the system is. */
  door: () => Promise<Door>;
  /** Now, by the clock that decides claims, and where the reader is. */
  moment: () => Promise<Moment>;
};

/** The context of one command. `close` closes what it opened. */
export function createContext(
  io: Io,
  common: { json: boolean; debug: boolean },
): Context & { origin(): string | undefined; close(): Promise<void> } {
  let settings: Settings | undefined;
  let door: Promise<Door> | undefined;
  const context: Context = {
    io,
    out: createOutput(io, common.json),
    settings: () => (settings ??= readSettings(io.env, io.root)),
    door() {
      door ??= openDoor(io, context.settings(), common.debug);
      return door;
    },
    async moment() {
      const { clock } = await context.door();
      return { nowMs: clock.nowMs(), timeZone: io.timeZone };
    },
  };
  return {
    ...context,
    /** Where the stores' addresses came from, if they are what is worked on. */
    origin: () => (settings?.remote === undefined ? settings?.origin : undefined),
    async close() {
      // A door that failed to open has told so already.
      const opened = await door?.catch(() => undefined);
      await opened?.close();
    },
  };
}

async function openDoor(io: Io, settings: Settings, debug: boolean): Promise<Door> {
  requireSystem(settings);
  return io.openDoor(settings, { debug });
}
