import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { isSaleLine, type LogLine, type Terminal } from './terminal.ts';

const sizeMax = 50 * 1024 * 1024;
/**
 * How many lines the terminal shows in each span of time. The terminal shows no line twice. While a store is down,
 * every request logs an error.
 */
const shownPerSpan = 10;
const spanMs = 30_000;

export interface ChildLog {
  write: (chunk: Buffer, from: 'stdout' | 'stderr') => void;
  close: () => void;
}

/**
 * Writes a child's output to a file of at most 50 MB (and one older file, `.1`). The terminal shows only sale events,
 * warnings, errors, and output on stderr that is not a log line.
 */
export function openChildLog(name: string, path: string, terminal: Terminal): ChildLog {
  let fd = openSync(path, 'a', 0o600);
  let size = fstatSync(fd).size;
  const partial = { stdout: '', stderr: '' };
  let spanStartMs = -Infinity;
  const shown = new Set<string>();

  const showLimited = (line: LogLine, raw: string) => {
    const nowMs = performance.now();
    if (nowMs - spanStartMs > spanMs) {
      spanStartMs = nowMs;
      shown.clear();
    }
    if (shown.has(line.msg) || shown.size > shownPerSpan) return;
    shown.add(line.msg);
    if (shown.size <= shownPerSpan) return terminal.show(line, raw);
    const more = { ...line, msg: `... more in ${path}` };
    terminal.show(more, JSON.stringify(more));
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
        const visible = worthShowing(name, line, from);
        if (visible === null) continue;
        // Sale events are not limited, because each comes once per event.
        if (isSaleLine(visible)) terminal.show(visible, line);
        else showLimited(visible, line.startsWith('{') ? line : JSON.stringify(visible));
      }
    },
    close: () => closeSync(fd),
  };
}

/** Returns the line for the terminal, or null to show nothing. */
function worthShowing(name: string, line: string, from: 'stdout' | 'stderr'): LogLine | null {
  if (!line.startsWith('{')) {
    if (from !== 'stderr' || line.trim() === '') return null;
    return { time: new Date().toISOString(), process: name, msg: line };
  }
  // Finds the level without parsing, because most lines have the level info.
  const level = /"level":"(warn|error|fatal)"/.exec(line)?.[1] as LogLine['level'] | undefined;
  if (level === undefined && !line.includes('"event":"sale_')) return null;
  return { level: level ?? 'info', process: name, ...readLine(line) };
}

function readLine(line: string): Pick<LogLine, 'time' | 'msg'> & Partial<LogLine> {
  const time = new Date().toISOString();
  try {
    const {
      msg,
      err,
      time: at = time,
      event,
      eventId,
    } = JSON.parse(line) as Partial<LogLine> & { err?: { message?: unknown } };
    const parts = [msg, err?.message].filter((part) => typeof part === 'string' && part !== '');
    const text = parts.length > 0 ? [...new Set(parts)].join(': ') : line;
    return { time: at, msg: text, ...(event !== undefined && { event }), ...(eventId !== undefined && { eventId }) };
  } catch {
    return { time, msg: line };
  }
}
