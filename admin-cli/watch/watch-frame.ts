import stringWidth from 'string-width';
import { eventPhase } from '../../core/events/phase.ts';
import { cutText } from '../cut-text.ts';
import { formatDistance, formatInstantShort, formatSpan, formatTimeOfDay } from '../format-time.ts';
import type { Look } from '../output.ts';
import type { Style } from '../paint.ts';
import { oneLine } from '../plain-text.ts';
import { count, phaseLooks, phaseRemark, formatFirstClaim } from '../show-event.ts';
import { isOver, type EventSnapshot } from './watch-event.ts';

/** Formats the lines that a person sees. No line is wider than the terminal. */
export function watchFrame(snapshot: EventSnapshot, timeZone: string, look: Look): string[] {
  const { event, nowMs, silence } = snapshot;
  const zone = event.timeZone ?? timeZone;
  const phase = eventPhase(event, nowMs);
  const { words, style } = phaseLooks[phase];
  const opening: Part[] = phase === 'scheduled' ? [[`  ${formatInstantShort(event.opensAtMs, zone)}`, 'dim']] : [];
  const lines: Part[][] = [
    [
      [oneLine(event.name), 'bold'],
      [`  ${event.eventId}`, 'dim'],
    ],
    [[words, style], [phaseRemark(event, phase, nowMs)], ...opening],
    stockLine(snapshot, look.columns),
    [[issuedWords(snapshot)]],
    [[storedWords(snapshot)]],
    ...(event.gateLost === true
      ? [[['its gate is LOST in Redis: nothing is issued until it is repaired', 'red'] satisfies Part]]
      : []),
    silence === null
      ? [[`${formatTimeOfDay(nowMs, zone)}${isOver(snapshot) ? '' : '  Ctrl-C ends'}`, 'dim']]
      : [[`${silenceWords(silence, nowMs, zone)}: ${oneLine(silence.reason)}`, 'yellow']],
  ];
  return lines.map((parts) => formatParts(parts, look));
}

/** `no answer since 10:00:03 +09:00, 5 s ago` */
export function silenceWords({ sinceMs }: { sinceMs: number }, nowMs: number, timeZone: string): string {
  return `no answer since ${formatTimeOfDay(sinceMs, timeZone)}, ${formatDistance(sinceMs, nowMs)}`;
}

type Part = [text: string, style?: Style];

function stockLine({ event: { stock, issued } }: EventSnapshot, columns: number): Part[] {
  const left = Math.max(0, stock - issued);
  const text = ` ${count(left)} of ${count(stock)} left`;
  const width = Math.min(barMax, columns - stringWidth(text) - 1);
  if (width < barMin) return [[text.trimStart()]];
  // Rounds so that one missing coupon and one remaining coupon are both visible.
  const full =
    left === 0 ? 0 : Math.min(Math.max(1, Math.round((width * left) / stock)), left < stock ? width - 1 : width);
  return [['█'.repeat(full), 'green'], ['░'.repeat(width - full), 'dim'], [text]];
}

const barMax = 40;
const barMin = 5;

function issuedWords({ event, claimsPerSecond }: EventSnapshot): string {
  const { issued, firstClaimedAtMs, opensAtMs } = event;
  const first = firstClaimedAtMs === null ? '' : `, the first ${formatFirstClaim(firstClaimedAtMs, opensAtMs)}`;
  return `${count(issued)} issued${claimsPerSecond === null ? '' : `, ${formatRate(claimsPerSecond)} claims/s`}${first}`;
}

const formatRate = (perSecond: number): string =>
  perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : count(Math.round(perSecond));

function storedWords({ event: { persisted, outbox, outboxSinceMs }, nowMs }: EventSnapshot): string {
  if (outbox === null) return `${count(persisted)} in MySQL, the rest is unknown because Redis does not answer`;
  const lag = outboxSinceMs === null ? '' : `, the oldest for ${formatSpan(nowMs - outboxSinceMs)}`;
  return `${count(persisted)} in MySQL, ${count(outbox)} on the way${lag}`;
}

function formatParts(parts: readonly Part[], { columns, paint }: Look): string {
  // Uses one column less, because some terminals wrap after a line that fills the last column.
  let room = columns - 1;
  return parts
    .map(([text, style]) => {
      const cut = room > 0 ? cutText(text, room) : '';
      room = cut === text ? room - stringWidth(cut) : 0;
      return style === undefined || cut === '' ? cut : paint(style, cut);
    })
    .join('');
}
