/** The command as typed can't be done, and nothing was changed. The message says what to type instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What is wrong, as a sentence, from one of our messages or of commander's. */
export function usageText(message: string): string {
  const text = message
    .trim()
    .replace(/^error: /, '')
    .replace(/\n\((Did you mean .*\?)\)$/, '. $1');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The person left a question unanswered; nothing was changed. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Something around the CLI is missing, and the message says what to start or set. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}
