import { eventPhase } from '../../core/events/phase.ts';
import { within } from '../../core/runtime/within.ts';
import type { Command } from '../command.ts';
import { createContext } from '../context.ts';
import type { Io } from '../io.ts';
import { oneLine } from '../plain-text.ts';
import type { Groups } from '../program.ts';
import { complete, type Candidate } from './complete.ts';

/** The hidden command that the shell scripts call for completions. */
export const completeName = '__complete';

const lookupMs = 1_000;
const eventsMax = 100;

/**
 * Prints the words that can replace the last of `words`, one `word<tab>summary` per line. Prints nothing if there are
 * no such words or the API does not answer. Never fails.
 */
export async function answerCompletion(
  words: readonly string[],
  { commands, groups, io }: { commands: readonly Command[]; groups: Groups; io: Io },
): Promise<void> {
  const { candidates, events } = complete(words, commands, groups);
  const ids = events ? await eventIds(words.at(-1) ?? '', io) : [];
  for (const { word, summary } of [...candidates, ...ids]) io.stdout.write(`${word}\t${oneLine(summary)}\n`);
}

async function eventIds(beginning: string, io: Io): Promise<Candidate[]> {
  const context = createContext(io, { json: false });
  const look = async (): Promise<Candidate[]> => {
    const { admin, clock } = await context.api();
    const { events } = await admin.list({ limit: eventsMax });
    const nowMs = clock.nowMs();
    return events
      .map((event) => ({
        word: event.eventId,
        summary: `${event.name}, ${eventPhase(event, nowMs).replace('_', ' ')}`,
      }))
      .filter(({ word }) => word.startsWith(beginning));
  };
  const nobody = (): Candidate[] => [];
  // A look-up that hangs is not awaited; it ends with the process.
  return within(lookupMs, look(), nobody).catch(nobody);
}
