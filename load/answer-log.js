import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const flushEveryMs = 100;

/**
 * Appends answers as JSON lines to `<folder>/<name>.<writer>.jsonl`. A line is on disk within 100 ms, and all lines are
 * on disk when this thread ends. A stream would lose lines, because Artillery's workers exit abruptly.
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
