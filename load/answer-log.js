import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const flushEveryMs = 100;

/**
 * Writes down answers as JSON lines, in `<folder>/<name>.<writer>.jsonl`. They are on disk 100 ms later, and at the end
 * of this thread: Artillery ends its workers by exiting, which would take along what a stream still holds.
 */
export function openAnswerLog(folder, writer) {
  mkdirSync(folder, { recursive: true });
  const waiting = new Map();
  const flush = () => {
    for (const [name, lines] of waiting) appendFileSync(join(folder, `${name}.${writer}.jsonl`), lines);
    waiting.clear();
  };
  setInterval(flush, flushEveryMs).unref();
  process.once('exit', flush);
  return (name, answer) => waiting.set(name, `${waiting.get(name) ?? ''}${JSON.stringify(answer)}\n`);
}
