import type { Reconciled } from '../core/reconcile/report.ts';
import type { Look, Shown } from './output.ts';
import { oneLine } from './plain-text.ts';
import { formatTsv } from './table.ts';

/** Formats advice from the API. Replaces the program's name with the words that the user typed. */
export type Hint = (advice: string) => string;

export function showReconciled(found: Reconciled, hint: Hint): Shown {
  const read = (): Reconciled => ({ ...found, advice: found.advice.map(hint) });
  return { json: () => found, plain: () => reconciledRows(read()), terminal: (look) => reconciledCard(read(), look) };
}

/** A line for each count, each example and each piece of advice: `what<tab>count<tab>serial<tab>user<tab>detail`. */
function reconciledRows({ findings, advice, ...counts }: Reconciled): string {
  const { eventId, round, issued, persisted, pending, reserved, repaired, verdict } = counts;
  const facts = Object.entries({ round, issued, persisted, pending, reserved, repaired });
  return formatTsv(
    ['what', 'count', 'serial', 'user', 'detail'],
    [
      ['verdict', null, null, null, verdict],
      ['event', null, null, null, eventId],
      ...facts.map(([name, value]) => [name, value, null, null, null]),
      ...findings.flatMap(({ kind, count, examples }) => [
        [kind, count, null, null, null],
        ...examples.map(({ serial, userId, detail }) => [`${kind} example`, null, serial, userId, detail]),
      ]),
      ...advice.map((text) => ['advice', null, null, null, text]),
    ],
  );
}

function reconciledCard(found: Reconciled, look: Look): string {
  const { eventId, round, issued, persisted, pending, reserved, findings, repaired, verdict, advice } = found;
  const clean = verdict === 'clean';
  const verdictText = clean ? look.paint('green', 'clean') : look.paint('red', 'drift');
  const onTheWay = pending === 0 ? '' : `, ${formatCount(pending)} on the way`;
  const kept = reserved === 0 ? '' : `, ${formatCount(reserved)} reserved`;
  const mended = repaired === 0 ? '' : `, ${formatCount(repaired)} repaired`;
  const lines = [
    `${look.paint('bold', eventId)}  round ${round}: ${verdictText}${mended}`,
    `  ${formatCount(issued)} issued, ${formatCount(persisted)} in MySQL${onTheWay}${kept}`,
  ];
  for (const { kind, count, examples } of findings) {
    lines.push('', `${look.paint('yellow', kind)}  ${formatCount(count)}`);
    for (const { serial, userId, detail } of examples) {
      const who = [serial === null ? '' : `serial ${serial}`, userId === null ? '' : oneLine(userId)];
      const head = who.filter((part) => part !== '').join(', ');
      lines.push(`  ${head === '' ? '' : `${head}: `}${oneLine(detail)}`);
    }
    if (examples.length > 0 && count > examples.length) lines.push(look.paint('dim', '  ...'));
  }
  if (advice.length > 0) lines.push('', ...advice.map((text) => `- ${oneLine(text)}`));
  return lines.join('\n');
}

const formatCount = (count: number): string => count.toLocaleString('en-US');
