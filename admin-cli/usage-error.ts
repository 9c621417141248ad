/** The command can't be run as typed. Nothing was changed, and the message says what to type instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Turns a message of ours or of commander into a sentence. */
export function usageText(message: string): string {
  const text = message
    .trim()
    .replace(/^error: /, '')
    .replace(/\n\((Did you mean .*\?)\)$/, '. $1');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The user left a question unanswered; nothing was changed. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Something outside the CLI is missing. The message says what to start or set. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}
