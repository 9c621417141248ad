/**
 * Returns a signal that aborts at the first SIGINT or SIGTERM, and prints that `what` stops. A second signal ends the
 * process at once.
 */
export function givenUpBySignal(what: string, say: (line: string) => void): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      say(`\n${signal}: stopping ${what}.`);
      interrupted.abort(new Error(`Stopped by ${signal}.`));
    });
  }
  return interrupted.signal;
}
