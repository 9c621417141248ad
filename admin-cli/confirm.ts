import type { Io } from './io.ts';
import { oneLine } from './plain-text.ts';
import { Interrupted, UsageError } from './usage-error.ts';

/**
 * Throws `UsageError` if no confirmation is possible because no name was given and there is no terminal for a prompt.
 * Call this before any request.
 */
export function requireConfirmable(given: string | undefined, io: Io): void {
  if (given !== undefined || io.interactive) return;
  throw new UsageError(
    "This can't be undone. There is no terminal to ask for the event's name, so pass it with --confirm '<name>'.",
  );
}

/**
 * Returns if the user confirms with the event's name, either in `--confirm` (`given`) or after a prompt that begins
 * with `consequence`. Throws `UsageError` if the name is wrong.
 */
export async function confirmName(name: string, given: string | undefined, consequence: string, io: Io): Promise<void> {
  if (given === undefined) io.stderr.write(`${consequence}\n`);
  const answer = given ?? (await io.ask(`Type the event's name (${oneLine(name)}) to continue: `));
  if (answer === null) throw new Interrupted('Nothing was changed.');
  if (answer.trim() === name.trim()) return;
  throw new UsageError(`The event's name is ${quoted(name)}, not ${quoted(answer)}. Nothing was changed.`);
}

const quoted = (name: string): string => `'${oneLine(name)}'`;
