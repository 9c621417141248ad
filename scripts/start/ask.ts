import { once } from 'node:events';
import { createInterface } from 'node:readline';

/**
 * Asks the user at the terminal. An empty line means yes. Resolves to false if the terminal closes or `signal` aborts.
 */
export async function askYesOrNo(question: string, signal: AbortSignal): Promise<boolean> {
  process.stdout.write(`${question} [Y/n] `);
  const answer = await readLine(signal);
  return answer !== null && /^(y|yes|)$/i.test(answer.trim());
}

/** Resolves to the next line, or null if the terminal closes or `signal` aborts. Doesn't intercept Ctrl-C. */
async function readLine(signal: AbortSignal): Promise<string | null> {
  const lines = createInterface({ input: process.stdin, terminal: false });
  try {
    const [line] = (await Promise.race([once(lines, 'line', { signal }), once(lines, 'close', { signal })])) as [
      string?,
    ];
    return line ?? null;
  } catch {
    return null;
  } finally {
    lines.close();
    process.stdin.unref();
  }
}
