import { Anchor, Badge, Button, EmptyState, Group } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useConsole } from '../shell/console-context.ts';
import { DataTable } from 'mantine-datatable';
import { Loading } from '../parts/loading.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { PhaseBadge } from '../parts/phase-badge.tsx';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { When } from '../parts/when.tsx';
import { hashOf } from '../shell/route.ts';
import { mayDo, type AdminEvent } from '../shell/session.ts';

export function useEventPages() {
  const { client } = useConsole();
  return useInfiniteQuery({
    queryKey: ['events'],
    queryFn: ({ pageParam, signal }) =>
      client.admin.event.list.query(pageParam === null ? {} : { cursor: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: 5_000,
  });
}

/** All events, newest first. */
export function EventList() {
  const { words, signed, language } = useConsole();
  const { data, error, hasNextPage, fetchNextPage } = useEventPages();
  const events = data?.pages.flatMap((page) => page.events);
  const soon = openingSoon(events ?? []);
  const number = new Intl.NumberFormat(language);
  return (
    <>
      <PageHead
        title={words.shell.nav.events}
        actions={
          mayDo(signed.role, 'operator') ? (
            <Button component="a" href={hashOf({ view: 'create' })}>
              {words.events.create}
            </Button>
          ) : null
        }
      />
      <TroubleNote error={error} />
      {events === undefined ? <Loading /> : null}
      {events?.length === 0 ? <EmptyState title={words.events.noEvents} /> : null}
      {events === undefined || events.length === 0 ? null : (
        <DataTable
          className="events"
          withTableBorder
          borderRadius="md"
          highlightOnHover
          minHeight={0}
          scrollAreaProps={{ type: 'auto' }}
          records={events}
          noRecordsText={words.events.noEvents}
          columns={[
            {
              accessor: 'name',
              title: words.forms.fields.name,
              render: ({ id, name }) => (
                <Anchor underline="hover" inherit fw={600} href={hashOf({ view: 'event', eventId: id })}>
                  {name}
                </Anchor>
              ),
            },
            {
              accessor: 'phase',
              title: words.common.state,
              render: (event) => (
                <Group gap={6}>
                  <PhaseBadge phase={event.phase} />
                  {troublesOf(event).map((trouble) => (
                    <Badge key={trouble} color="red" data-trouble={trouble}>
                      {words.events.troubles[trouble]}
                    </Badge>
                  ))}
                  {soon.has(event.id) ? <ReadinessBadge eventId={event.id} /> : null}
                </Group>
              ),
            },
            {
              accessor: 'opensAt',
              title: words.events.opens,
              visibleMediaQuery: ({ breakpoints }) => `(min-width: ${breakpoints.sm})`,
              render: ({ opensAt }) => <When at={opensAt} />,
            },
            {
              accessor: 'issued',
              title: words.sale.issued,
              textAlign: 'right',
              visibleMediaQuery: ({ breakpoints }) => `(min-width: ${breakpoints.sm})`,
              render: ({ issued, stock }) => `${number.format(issued)} / ${number.format(stock)}`,
            },
          ]}
        />
      )}
      {hasNextPage ? (
        <Button variant="default" mt="md" onClick={() => void fetchNextPage()}>
          {words.common.more}
        </Button>
      ) : null}
    </>
  );
}

const soonMs = 3_600_000;
/** How many events are checked for readiness, and how often. Each check queries both stores. */
const soonMax = 10;
const readinessEveryMs = 15_000;

/** The events that open within the hour, soonest first, up to the limit for readiness checks. */
function openingSoon(events: readonly AdminEvent[]): Set<string> {
  const soonest = events
    .map(({ id, phase, opensAt, serverTime }) => ({ id, phase, leftMs: Date.parse(opensAt) - Date.parse(serverTime) }))
    .filter(({ phase, leftMs }) => phase === 'scheduled' && leftMs < soonMs)
    .sort((a, b) => a.leftMs - b.leftMs);
  return new Set(soonest.slice(0, soonMax).map(({ id }) => id));
}

const lagMaxMs = 10_000;

/** Problems that the list itself reveals about an event. */
function troublesOf(event: AdminEvent): ('needsApproval' | 'gateLost' | 'opensPaused' | 'lags')[] {
  const { needsApproval, gateLost, phase, paused, outboxSince, serverTime } = event;
  return [
    ...(needsApproval && phase !== 'closed' ? (['needsApproval'] as const) : []),
    ...(gateLost === true ? (['gateLost'] as const) : []),
    ...(phase === 'scheduled' && paused ? (['opensPaused'] as const) : []),
    ...(outboxSince !== null && Date.parse(serverTime) - Date.parse(outboxSince) > lagMaxMs ? (['lags'] as const) : []),
  ];
}

/** Whether an event that opens soon is ready, and if not, what is missing. */
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
