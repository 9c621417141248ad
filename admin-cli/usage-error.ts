/** The user typed a command that can't be run. Nothing was changed, and the message says what to type instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Turns a message from this program or from commander into a sentence. */
export function usageText(message: string): string {
  const text = message
    .trim()
    .replace(/^error: /, '')
    .replace(/\n\((Did you mean .*\?)\)$/, '. $1');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The user ended the command at a prompt. Nothing was changed. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** The command needs something outside the CLI that is missing. The message says what to start or set. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}
