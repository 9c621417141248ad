import type { ApiClient } from './api-client.ts';
import type { Io } from './io.ts';
import { createOutput, type Output } from './output.ts';
import { readRemote } from './settings.ts';
import type { Moment } from './show-event.ts';
import { takingNames } from './taking-names.ts';

export type Context = {
  io: Io;
  out: Output;
  /**
   * Connects on the first call. Throws `SetupError` if the API's address is unknown, or if the API refuses the token.
   */
  api: () => Promise<ApiClient>;
  /** The current time by the clock that decides claims, and the reader's time zone. */
  moment: () => Promise<Moment>;
};

export function createContext(io: Io, { json }: { json: boolean }): Context {
  let api: Promise<ApiClient> | undefined;
  const open = async (): Promise<ApiClient> => {
    const client = await io.connectApi(readRemote(io.env, io.root));
    return { ...client, admin: takingNames(client.admin) };
  };
  const context: Context = {
    io,
    out: createOutput(io, json),
    api: () => (api ??= open()),
    async moment() {
      const { clock } = await context.api();
      return { nowMs: clock.nowMs(), timeZone: io.timeZone };
    },
  };
  return context;
}
