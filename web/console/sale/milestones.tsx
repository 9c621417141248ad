import { Paper, Text, Timeline, Title } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { formatElapsed, formatInstant } from '../parts/elapsed.ts';
import { useConsole } from '../shell/console-context.ts';
import { formatTime } from '../../shared/formats.ts';
import type { Sale } from './use-sale.ts';

type Name = 'opened' | 'firstClaim' | 'paused' | 'resumed' | 'soldOut' | 'closed' | 'stored';
export type Milestone = { name: Name; atMs: number | null };

/** Returns the milestones that a sale has reached, in order of time, then those that it has not reached. */
export function milestonesOf(sale: Sale): Milestone[] {
  const at = (time: string | null): number | null => (time === null ? null : Date.parse(time));
  const nowMs = Date.parse(sale.serverTime);
  const opensAtMs = Date.parse(sale.opensAt);
  const isOver = sale.soldOutAt !== null || sale.closedAt !== null;
  const all: Milestone[] = [
    { name: 'opened', atMs: opensAtMs <= nowMs ? opensAtMs : null },
    { name: 'firstClaim', atMs: at(sale.firstClaimedAt) },
    ...sale.pauses.flatMap(({ from, to }): Milestone[] => [
      { name: 'paused', atMs: Date.parse(from) },
      ...(to === null || to === sale.closedAt ? [] : [{ name: 'resumed' as const, atMs: Date.parse(to) }]),
    ]),
    ...(sale.soldOutAt !== null || !isOver ? [{ name: 'soldOut' as const, atMs: at(sale.soldOutAt) }] : []),
    ...(sale.closedAt === null ? [] : [{ name: 'closed' as const, atMs: at(sale.closedAt) }]),
    ...(isOver && sale.issued === 0 ? [] : [{ name: 'stored' as const, atMs: at(sale.storedAt) }]),
  ];
  const isPast = ({ atMs }: Milestone): boolean => atMs !== null;
  const inOrder = all.filter(isPast).toSorted((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0));
  const toCome = all.filter((each) => !isPast(each) && !(isOver && each.name === 'firstClaim'));
  return [...inOrder, ...toCome];
}

/** A timeline of a sale's milestones, with the time between the opening and each one. */
export function Milestones({ sale }: { sale: Sale }) {
  const { words, language } = useConsole();
  const all = milestonesOf(sale);
  const reached = all.filter(({ atMs }) => atMs !== null).length;
  const opensAtMs = Date.parse(sale.opensAt);
  return (
    <Paper withBorder p="md" component="section" aria-label={words.sale.milestones}>
      <Title order={2} size="h4" mb="sm">
        {words.sale.milestones}
      </Title>
      <div className="milestones" tabIndex={0} role="group" aria-label={words.sale.milestones}>
        <Timeline active={reached - 1} bulletSize={18} lineWidth={2} color="indigo">
          {all.map(({ name, atMs }, at) => (
            <Timeline.Item
              key={`${name} ${at}`}
              title={name === 'opened' && atMs === null ? words.events.opens : words.sale.milestone[name]}
              bullet={atMs === null ? null : <IconCheck size={12} stroke={3} aria-hidden />}
              data-milestone={name}
              data-reached={atMs !== null}
              lineVariant={at < reached - 1 ? 'solid' : 'dashed'}
            >
              <Text size="sm" c="dimmed">
                {atMs === null ? (
                  name === 'opened' ? (
                    formatTime(language, opensAtMs)
                  ) : (
                    words.sale.notYet
                  )
                ) : (
                  <time dateTime={new Date(atMs).toISOString()}>
                    {name === 'opened' ? formatTime(language, atMs) : formatInstant(language, atMs)}
                    {name === 'opened' ? '' : ` · ${distance(language, atMs - opensAtMs)}`}
                  </time>
                )}
              </Text>
            </Timeline.Item>
          ))}
        </Timeline>
      </div>
    </Paper>
  );
}

/** The time since the opening, such as "+0.204 sec". */
function distance(language: string, ms: number): string {
  return `${ms < 0 ? '−' : '+'}${formatElapsed(language, ms)}`;
}
