import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

const sizeMax = 50 * 1024 * 1024;
/** A dependency that is down makes every request log: of each span, some lines are shown, and none twice. */
const shownPerSpan = 10;
const spanMs = 30_000;

export interface ChildLog {
  /** Takes what the child wrote. */
  write: (chunk: Buffer, from: 'stdout' | 'stderr') => void;
  close: () => void;
}

/**
 * Keeps a child's output in a file of at most 50 MB (and one more, `.1`, with what was before), and shows its warnings
 * and errors: log lines of level warn and above, and whatever it says on stderr that is not a log line.
 */
export function openChildLog(name: string, path: string, show: (line: string) => void): ChildLog {
  let fd = openSync(path, 'a', 0o600);
  let size = fstatSync(fd).size;
  const partial = { stdout: '', stderr: '' };
  let spanStartMs = -Infinity;
  const shown = new Set<string>();

  const showLimited = (line: string) => {
    const nowMs = performance.now();
    if (nowMs - spanStartMs > spanMs) {
      spanStartMs = nowMs;
      shown.clear();
    }
    if (shown.has(line) || shown.size > shownPerSpan) return;
    shown.add(line);
    show(shown.size > shownPerSpan ? `[${name}] ... more in ${path}` : `[${name}] ${line}`);
  };
  const rotate = () => {
    closeSync(fd);
    renameSync(path, `${path}.1`);
    fd = openSync(path, 'a', 0o600);
    size = 0;
  };
  return {
    write: (chunk, from) => {
      if (size > 0 && size + chunk.length > sizeMax) rotate();
      writeSync(fd, chunk);
      size += chunk.length;
      const lines = (partial[from] + chunk.toString('utf8')).split('\n');
      partial[from] = lines.pop() ?? '';
      for (const line of lines) {
        const said = worthShowing(line, from);
        if (said !== null) showLimited(said);
      }
    },
    close: () => closeSync(fd),
  };
}

function worthShowing(line: string, from: 'stdout' | 'stderr'): string | null {
  if (!line.startsWith('{')) return from === 'stderr' && line.trim() !== '' ? line : null;
  // Most lines are of level info: parsing each would cost the supervisor CPU that the API needs.
  const level = /"level":"(warn|error|fatal)"/.exec(line)?.[1];
  if (level === undefined) return null;
  return `${level}: ${messageOf(line)}`;
}

function messageOf(line: string): string {
  try {
    const { msg, err } = JSON.parse(line) as { msg?: unknown; err?: { message?: unknown } };
    const parts = [msg, err?.message].filter((part) => typeof part === 'string' && part !== '');
    return parts.length > 0 ? [...new Set(parts)].join(': ') : line;
  } catch {
    return line;
  }
}
