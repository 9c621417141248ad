import { eventJson } from '../event-json.ts';
import type { Io } from '../io.ts';
import type { Output } from '../output.ts';
import { oneLine } from '../plain-text.ts';
import { formatTsv } from '../table.ts';
import { createLiveArea } from './live-area.ts';
import type { EventSnapshot } from './watch-event.ts';
import { silenceWords, watchFrame } from './watch-frame.ts';

export type SnapshotView = { show(snapshot: EventSnapshot): void; end(): void };

/**
 * Shows snapshots: redraws them in place on a terminal, prints each as a line of JSON for programs, and as a
 * tab-separated line in a pipe.
 */
export function createSnapshotView(io: Io, out: Output): SnapshotView {
  switch (out.reader) {
    case 'program':
      return {
        show: (snapshot) => io.stdout.write(`${JSON.stringify(snapshotJson(snapshot))}\n`),
        end: () => undefined,
      };
    case 'pipe':
      return createLines(io, out);
    case 'person': {
      // A dumb terminal can't move the cursor back up.
      if (io.env['TERM'] === 'dumb') return createLines(io, out);
      const area = createLiveArea(io.stdout);
      return { show: (snapshot) => area.draw(watchFrame(snapshot, io.timeZone, out.look())), end: () => area.end() };
    }
  }
}

function snapshotJson({ event, nowMs, claimsPerSecond, silence }: EventSnapshot) {
  return {
    ...eventJson(event, nowMs),
    lagMs: event.outboxSinceMs === null ? null : Math.max(0, nowMs - event.outboxSinceMs),
    claimsPerSecond: claimsPerSecond === null ? null : Math.round(claimsPerSecond * 10) / 10,
    noAnswerSince: silence === null ? null : iso(silence.sinceMs),
    noAnswerBecause: silence === null ? null : silence.reason,
  };
}

const fields = [
  'serverTime',
  'phase',
  'issued',
  'remaining',
  'claimsPerSecond',
  'persisted',
  'outbox',
  'lagMs',
] as const;

/** Prints a line for each answer. Notes on stderr when answers stop and when they resume. */
function createLines(io: Io, out: Output): SnapshotView {
  let began = false;
  let silent = false;
  return {
    show(snapshot) {
      const { silence, nowMs } = snapshot;
      if (silence !== null) {
        if (!silent) out.note(`${silenceWords(silence, nowMs, 'UTC')}: ${oneLine(silence.reason)}`);
        silent = true;
        return;
      }
      if (silent) out.note('The API answers again.');
      silent = false;
      const row = snapshotJson(snapshot);
      const lines = formatTsv(fields, [fields.map((field) => row[field])]).split('\n');
      io.stdout.write(`${(began ? lines.slice(1) : lines).join('\n')}\n`);
      began = true;
    },
    end: () => undefined,
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
