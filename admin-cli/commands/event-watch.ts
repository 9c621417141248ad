import { eventArg } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import type { Leaving } from '../io.ts';
import { parseDuration } from '../parse-duration.ts';
import { createSnapshotView } from '../watch/show-snapshots.ts';
import { watchEvent } from '../watch/watch-event.ts';

export const eventWatch = defineCommand({
  name: 'event watch',
  summary: 'Watch an event live.',
  details:
    'Shows the countdown to the opening, the coupons left, claims per second, and how far behind MySQL is. In a ' +
    'terminal the display is redrawn in place; in a pipe, or with --json, each update is a new line. The command keeps ' +
    'watching while a store or the API is down. It ends when the event is closed or sold out and MySQL has all its claims.',
  examples: [
    { says: 'Until it is over', line: 'event watch EVENT' },
    { says: 'A line every ten seconds, for an hour', line: 'event watch EVENT --interval 10s --for 1h --json' },
  ],
  args: {
    event: eventArg,
    interval: { type: 'string', value: 'duration', summary: 'How often to update: 1s, 10s, 1m (default: 1s)' },
    for: { type: 'string', value: 'duration', summary: 'How long to watch at most: 30s, 10m, 1h' },
  },
  async handler(values, { api, io, out }) {
    const intervalMs = parseDuration(values.interval ?? '1s', '--interval');
    const forMs = values.for === undefined ? undefined : parseDuration(values.for, '--for');
    const opened = await api();
    const leaving = io.leaving();
    const view = createSnapshotView(io, out);
    try {
      for await (const snapshot of watchEvent(opened, values.event, { intervalMs, forMs, leaving }))
        view.show(snapshot);
    } finally {
      view.end();
    }
    return leaving.aborted && (leaving.reason as Leaving) === 'interrupted' ? exitCodes.interrupted : exitCodes.done;
  },
});
