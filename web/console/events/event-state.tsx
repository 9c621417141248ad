import { Badge, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { PhaseBadge } from '../parts/phase-badge.tsx';
import { useConsole } from '../shell/console-context.ts';
import type { AdminEvent } from '../shell/session.ts';

const soonMs = 3_600_000;
/** How many events are checked for readiness, and how often. Each check queries both stores. */
const soonMax = 10;
const readinessEveryMs = 15_000;

/** The ids of the next events that open within the hour, at most as many as are checked for readiness. */
export function openingSoon(events: readonly AdminEvent[]): Set<string> {
  const soonest = events
    .map(({ id, phase, opensAt, serverTime }) => ({ id, phase, leftMs: Date.parse(opensAt) - Date.parse(serverTime) }))
    .filter(({ phase, leftMs }) => phase === 'scheduled' && leftMs < soonMs)
    .sort((a, b) => a.leftMs - b.leftMs);
  return new Set(soonest.slice(0, soonMax).map(({ id }) => id));
}

/** An event's phase and its problems. For an event that opens soon, also shows whether it is ready. */
export function EventState({ event, isSoon }: { event: AdminEvent; isSoon: boolean }) {
  const { words } = useConsole();
  return (
    <Group gap={6}>
      <PhaseBadge phase={event.phase} />
      {troublesOf(event).map((trouble) => (
        <Badge key={trouble} color={trouble === 'needsApproval' ? 'orange' : 'red'} data-trouble={trouble}>
          {words.events.troubles[trouble]}
        </Badge>
      ))}
      {isSoon ? <ReadinessBadge eventId={event.id} /> : null}
    </Group>
  );
}

const lagMaxMs = 10_000;

/** The problems that are visible in the list's own data. */
function troublesOf(event: AdminEvent): ('needsApproval' | 'gateLost' | 'opensPaused' | 'lags')[] {
  const { needsApproval, gateLost, phase, paused, outboxSince, serverTime } = event;
  return [
    ...(needsApproval && phase !== 'closed' ? (['needsApproval'] as const) : []),
    ...(gateLost === true ? (['gateLost'] as const) : []),
    ...(phase === 'scheduled' && paused ? (['opensPaused'] as const) : []),
    ...(outboxSince !== null && Date.parse(serverTime) - Date.parse(outboxSince) > lagMaxMs ? (['lags'] as const) : []),
  ];
}

/** Shows whether an event that opens soon is ready or, if not, what is missing. */
function ReadinessBadge({ eventId }: { eventId: string }) {
  const { client, words } = useConsole();
  const { data } = useQuery({
    queryKey: ['event', eventId],
    queryFn: ({ signal }) => client.admin.event.get.query({ eventId }, { signal }),
    refetchInterval: readinessEveryMs,
  });
  if (!data?.readiness) return null;
  const { armed, checks } = data.readiness;
  const named = (state: 'problem' | 'waiting'): string =>
    checks
      .filter((check) => check.state === state)
      .map(({ name }) => words.operations.checks[name])
      .join(', ');
  const problems = named('problem');
  if (armed) {
    return (
      <Badge color="green" data-readiness="armed">
        {words.sale.armed}
      </Badge>
    );
  }
  return problems === '' ? (
    <Badge color="gray" data-readiness="waiting">
      {words.common.states.waiting}: {named('waiting')}
    </Badge>
  ) : (
    <Badge color="red" data-readiness="problem">
      {words.common.states.problem}: {problems}
    </Badge>
  );
}
