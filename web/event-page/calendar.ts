import type { EventView } from '../shared/client.ts';

type Options = { event: Pick<EventView, 'id' | 'name' | 'opensAt'>; url: string; note: string; nowMs: number };

/** The calendar entry's length. Sales are short. */
const lastsMs = 15 * 60_000;

/** Returns a calendar file (RFC 5545) with the opening in UTC. An alarm is set for ten minutes before the opening. */
export function calendarFile({ event, url, note, nowMs }: Options): string {
  const opensAtMs = Date.parse(event.opensAt);
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Firstcome//Event//EN',
    'BEGIN:VEVENT',
    `UID:${event.id}@firstcome`,
    `DTSTAMP:${stamp(nowMs)}`,
    `DTSTART:${stamp(opensAtMs)}`,
    `DTEND:${stamp(opensAtMs + lastsMs)}`,
    `SUMMARY:${escaped(event.name)}`,
    `DESCRIPTION:${escaped(`${note}\n${url}`)}`,
    `URL:${url}`,
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    `DESCRIPTION:${escaped(event.name)}`,
    'TRIGGER:-PT10M',
    'END:VALARM',
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

/** Formats a time such as `20261130T010000Z`. */
const stamp = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '');

const escaped = (text: string): string => text.replace(/[\\;,]/g, '\\$&').replace(/\r\n|\r|\n/g, '\\n');

/**
 * Breaks a line into parts of at most 75 bytes, without splitting a character. Each further part begins with a space.
 */
function folded(line: string): string {
  const bytes = new TextEncoder();
  let out = '';
  let width = 0;
  for (const char of line) {
    const size = bytes.encode(char).length;
    if (width + size > 74) {
      out += '\r\n ';
      width = 1;
    }
    out += char;
    width += size;
  }
  return out;
}
