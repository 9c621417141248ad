import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../../support/processes.ts';

export const alarmsFile = join(root, 'deploy', 'observability', 'alarms.yaml');

export type Alarm = {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook_url: string };
};
type Rules = { groups: { name: string; rules: Alarm[] }[] };

export const readAlarms = (): Alarm[] =>
  (parse(readFileSync(alarmsFile, 'utf8')) as Rules).groups.flatMap(({ rules }) => rules);

/**
 * The rules file with every `for` shortened to a second, so that a test need not wait for minutes. The expressions are the
 * same.
 */
export function impatientAlarms(): string {
  const { groups } = parse(readFileSync(alarmsFile, 'utf8')) as Rules;
  const impatient = (rule: Alarm): Alarm => (rule.for === undefined ? rule : { ...rule, for: '1s' });
  return JSON.stringify({ groups: groups.map((group) => ({ ...group, rules: group.rules.map(impatient) })) });
}
