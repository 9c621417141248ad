import { styleText } from 'node:util';

export type LogFormat = 'pretty' | 'json';

/** A log line of a process. */
export type LogLine = {
  /** Undefined if the output is not a log line, such as a stack trace. */
  level?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  /** In ISO 8601. */
  time: string;
  process: string;
  event?: string;
  eventId?: string;
  msg: string;
};

/** The terminal of `npm start`. */
export type Terminal = {
  /** Shows a line of the launcher itself. */
  say: (text: string) => void;
  /** Shows a line of a child process. `raw` is the original line. */
  show: (line: LogLine, raw: string) => void;
};

export type TerminalOptions = {
  write: (line: string) => void;
  format: LogFormat;
  colours: boolean;
};

/** Formats lines for people (`pretty`), or passes log lines through (`json`). */
export function createTerminal({ write, format, colours }: TerminalOptions): Terminal {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  if (format === 'json') {
    return {
      say: (text) =>
        write(JSON.stringify({ level: 'info', time: new Date().toISOString(), process: 'start', msg: text })),
      show: (_line, raw) => write(raw),
    };
  }
  return {
    say: write,
    show: (line) => {
      const time = paint('dim', localTime(line.time));
      if (isSaleLine(line)) return write(`${time}  ${paint(styleOf(line.event), plain(line.msg))}`);
      const level = line.level === undefined ? '' : `${paint(line.level === 'warn' ? 'yellow' : 'red', line.level)}: `;
      return write(`${time}  [${line.process}] ${level}${plain(line.msg)}`);
    },
  };
}

/** Reports of a lost gate within this time count as one loss. */
const sameLossMs = 60_000;

/** Shows a lost gate once, although every process reports it. */
export function oncePerLoss(terminal: Terminal): Terminal {
  const shownAtMs = new Map<string, number>();
  return {
    ...terminal,
    show: (line, raw) => {
      if (line.event === 'gate_lost' && line.eventId !== undefined) {
        const nowMs = performance.now();
        if (nowMs - (shownAtMs.get(line.eventId) ?? -Infinity) < sameLossMs) return;
        shownAtMs.set(line.eventId, nowMs);
      }
      terminal.show(line, raw);
    },
  };
}

/** Log events that the terminal shows although they are not warnings. */
export const isSaleLine = ({ event }: Pick<LogLine, 'event'>): boolean => event?.startsWith('sale_') === true;

function styleOf(event = ''): 'green' | 'yellow' | 'bold' {
  if (event === 'sale_paused') return 'yellow';
  return event === 'sale_opened' || event === 'sale_resumed' ? 'green' : 'bold';
}

/** Formats a time as `10:00:03.120`, in this machine's time zone. */
function localTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const [hours, minutes, seconds] = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${hours}:${minutes}:${seconds}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}

/**
 * Shows control characters and text-direction marks as escapes, because users choose the names that appear in log
 * lines.
 */
const plain = (text: string): string =>
  text.replace(
    /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
