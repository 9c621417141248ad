/** The command as typed can't be done, and nothing was changed. The message says what to type instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The person left a question unanswered; nothing was changed. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Something around the CLI is missing, and the message says what to start or set. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}
