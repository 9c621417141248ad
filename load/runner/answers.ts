import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Answer } from '../../proof/checker/answer.ts';
import { readOutcome } from '../../proof/flash-sale/claim-call.ts';

/** The answer to a simulated user, or a record that no answer came. */
export type LoadAnswer = Answer & {
  /** 1, or 2 for the user's second click. */
  click: number;
};

/** A line that load/claim.js writes. The line's times come from the monotonic clock. */
type AnswerLine = {
  userId: string;
  click: number;
  sentAtMs: number;
  receivedAtMs: number;
} & ({ status: number; body: string } | { error: string });

/** Reads the answers of an event, which Artillery's workers wrote to `folder`. Throws if a line can't be read. */
export function readAnswers(folder: string, eventId: string): LoadAnswer[] {
  return filesOf(folder, eventId)
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => toAnswer(JSON.parse(line) as AnswerLine));
}

/**
 * The times at which the first and the last of these calls were sent (monotonic). Infinity and -Infinity if there are
 * no calls.
 */
export function sentBetween(answers: LoadAnswer[]): { firstMs: number; lastMs: number } {
  let [firstMs, lastMs] = [Infinity, -Infinity];
  for (const { sentAtMs } of answers) {
    firstMs = Math.min(firstMs, sentAtMs);
    lastMs = Math.max(lastMs, sentAtMs);
  }
  return { firstMs, lastMs };
}

/** Removes an event's answers from `folder` and its subfolders. */
export function removeAnswers(folder: string, eventId: string): void {
  for (const file of filesOf(folder, eventId)) rmSync(file);
}

function filesOf(folder: string, eventId: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => basename(path).startsWith(`${eventId}.`) && path.endsWith('.jsonl'))
    .map((path) => join(folder, path));
}

function toAnswer(line: AnswerLine): LoadAnswer {
  const { userId, click, sentAtMs, receivedAtMs } = line;
  const reply =
    'error' in line
      ? new Error(line.error)
      : { status: line.status, body: line.body, retryAfterMs: null, keepAlive: true };
  return { userId, click, sentAtMs, receivedAtMs, outcome: readOutcome(reply) };
}
