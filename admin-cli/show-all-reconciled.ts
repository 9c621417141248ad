import type { Look, Output, Shown } from './output.ts';
import { oneLine } from './plain-text.ts';
import type { AllReconciled, EventReconciled } from './reconcile-all.ts';
import { showReconciled, type Hint } from './show-reconciled.ts';
import { formatTsv } from './table.ts';

/** The columns of the output in a pipe. `message` is the reason why the reconcile failed, or advice. */
const columns = [
  ...['verdict', 'event', 'round', 'issued', 'persisted', 'pending', 'reserved', 'repaired', 'findings', 'message'],
];

/**
 * Prints one line per event as it finishes, and at the end the details of events that need attention. With `--json` it
 * prints one document at the end.
 */
export function createAllReconciledShow(out: Output, hint: Hint) {
  let isFirst = true;
  return {
    event(event: EventReconciled): void {
      if (out.reader === 'program') return;
      const line: Shown = {
        json: () => event,
        terminal: (look) => eventLine(event, look),
        plain: () => {
          const tsv = formatTsv(columns, [eventCells(event, hint)]);
          return isFirst ? tsv : tsv.slice(tsv.indexOf('\n') + 1);
        },
      };
      out.show(line);
      isFirst = false;
    },
    all(all: AllReconciled): void {
      if (out.reader === 'program') out.show({ json: () => all, terminal: () => '', plain: () => '' });
      else if (out.reader === 'person')
        for (const event of all.events) if (wantsDetails(event)) out.show(details(event, hint));
      out.note(formatCounts(all));
    },
  };
}

const wantsDetails = (event: EventReconciled): boolean =>
  event.verdict === 'failed' || event.findings.length > 0 || event.advice.length > 0;

function details(event: EventReconciled, hint: Hint): Shown {
  if (event.verdict !== 'failed') {
    const shown = showReconciled(event, hint);
    return { ...shown, terminal: (look) => `\n${shown.terminal(look)}` };
  }
  const text = `\n${event.eventId}\n  ${oneLine(hint(event.error.message))}`;
  return { json: () => event, plain: () => text, terminal: () => text };
}

function eventCells(event: EventReconciled, hint: Hint): (string | number | null)[] {
  if (event.verdict === 'failed') {
    return [event.verdict, event.eventId, null, null, null, null, null, null, null, hint(event.error.message)];
  }
  const { verdict, eventId, round, issued, persisted, pending, reserved, repaired, findings, advice } = event;
  const found = findings.map(({ kind, count }) => `${kind}=${count}`).join(' ');
  return [verdict, eventId, round, issued, persisted, pending, reserved, repaired, found, hint(advice.join(' '))];
}

function eventLine(event: EventReconciled, look: Look): string {
  if (event.verdict === 'failed') return `${look.paint('red', 'failed')}  ${look.paint('bold', event.eventId)}`;
  const { verdict, eventId, round, issued, persisted, repaired, findings } = event;
  const facts = [
    `round ${round}`,
    `${formatCount(issued)} issued`,
    `${formatCount(persisted)} in MySQL`,
    ...(repaired === 0 ? [] : [`${formatCount(repaired)} repaired`]),
    ...findings.map(({ kind, count }) => `${kind} ${formatCount(count)}`),
  ];
  const colour = verdict === 'clean' ? 'green' : 'red';
  return `${look.paint(colour, verdict.padEnd('failed'.length))}  ${look.paint('bold', eventId)}  ${facts.join(', ')}`;
}

function formatCounts({ events }: AllReconciled): string {
  if (events.length === 0) return 'There are no events yet.';
  const counts = (['clean', 'drift', 'failed'] as const)
    .map((verdict) => [verdict, events.filter((event) => event.verdict === verdict).length] as const)
    .filter(([, count]) => count > 0);
  const many = events.length === 1 ? '1 event' : `${formatCount(events.length)} events`;
  return `${many}: ${counts.map(([verdict, count]) => `${formatCount(count)} ${verdict}`).join(', ')}.`;
}

const formatCount = (count: number): string => count.toLocaleString('en-US');
