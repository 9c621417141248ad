import { Anchor, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { IconHistory } from '@tabler/icons-react';
import { useState } from 'react';
import { EmptyList } from '../parts/empty-list.tsx';
import { Loading } from '../parts/loading.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { useConsole } from '../shell/console-context.ts';
import { hashOf, useViewState } from '../shell/route.ts';
import type { Outputs } from '../shell/session.ts';
import { changesOf, type AuditChange } from './audit-changes.ts';
import { AuditFilters, noFilter } from './audit-filters.tsx';

type Entry = Outputs['admin']['audit']['list']['entries'][number];

/** The audit trail by day, newest first: who did what to which event. */
export function AuditView() {
  const { client, words, language } = useConsole();
  const [filter, setFilter] = useViewState(noFilter);
  const { data, error, hasNextPage, fetchNextPage, isFetching } = useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) => {
      const { since, until, ...texts } = filter;
      const given = Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== ''));
      return client.admin.audit.list.query(
        {
          ...given,
          limit: 50,
          ...(isDay(since) && { sinceAt: startOf(since, 0) }),
          ...(isDay(until) && { untilAt: startOf(until, 1) }),
          ...(pageParam !== null && { cursor: pageParam }),
        },
        { signal },
      );
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
  const entries = data?.pages.flatMap((page) => page.entries);
  const eventName = entries?.find(({ eventId }) => eventId === filter.eventId)?.eventName ?? null;
  const dayOf = new Intl.DateTimeFormat(language === 'ko' ? 'ko-KR' : 'en-GB', { dateStyle: 'full' });
  return (
    <Stack>
      <PageHead
        title={eventName === null ? words.shell.nav.audit : `${words.shell.nav.audit}: ${eventName}`}
        about={words.audit.about}
      />
      <AuditFilters filter={filter} onFilter={setFilter} eventName={eventName} />
      <TroubleNote error={error} />
      {entries === undefined && isFetching ? <Loading /> : null}
      {entries?.length === 0 ? <EmptyList icon={IconHistory} title={words.audit.noEntries} /> : null}
      {byDay(entries ?? [], dayOf).map(({ day, of }) => (
        <section key={day} aria-label={day}>
          <Title order={2} size="h4" mb="xs">
            {day}
          </Title>
          <Paper withBorder className="audit-day">
            {of.map((entry) => (
              <AuditEntry key={entry.id} entry={entry} />
            ))}
          </Paper>
        </section>
      ))}
      {hasNextPage ? (
        <Group justify="center">
          <Button variant="default" loading={isFetching} onClick={() => void fetchNextPage()} data-do="more">
            {words.common.more}
          </Button>
        </Group>
      ) : null}
    </Stack>
  );
}

const isDay = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));

/** Returns the instant at which the day `later` days after `day` begins in the reader's zone. */
function startOf(day: string, later: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}

function byDay(entries: readonly Entry[], dayOf: Intl.DateTimeFormat): { day: string; of: Entry[] }[] {
  const days: { day: string; of: Entry[] }[] = [];
  for (const entry of entries) {
    const day = dayOf.format(Date.parse(entry.at));
    const last = days.at(-1);
    if (last?.day === day) last.of.push(entry);
    else days.push({ day, of: [entry] });
  }
  return days;
}

function AuditEntry({ entry }: { entry: Entry }) {
  const { words, language } = useConsole();
  const texts = words.audit;
  const { at, actor, role, keyId, door, action, eventId, eventName, reason } = entry;
  const roles: Partial<Record<string, string>> = words.shell.roles;
  const actions: Partial<Record<string, string>> = texts.actions;
  const time = new Intl.DateTimeFormat(language === 'ko' ? 'ko-KR' : 'en-GB', {
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false },
  });
  const by = [keyId == null ? null : texts.byKey, role === null ? null : (roles[role] ?? role), texts.doors[door]];
  return (
    <article className="audit-entry" data-entry={action}>
      <Text size="sm" c="dimmed" className="audit-time">
        <time dateTime={at}>{time.format(Date.parse(at))}</time>
      </Text>
      <div>
        <Text fw={600}>{actor}</Text>
        <Text size="sm" c="dimmed">
          {by.filter((part) => part !== null).join(' · ')}
        </Text>
      </div>
      <div>
        <Text component="div">
          <b>{actions[action] ?? action}</b>
          {eventId === null ? null : (
            <>
              {' · '}
              <Anchor href={hashOf({ view: 'event', eventId })}>{eventName ?? eventId}</Anchor>
            </>
          )}
        </Text>
        {reason === null ? null : (
          <Text size="sm" className="lines">
            {words.common.reason}: {reason}
          </Text>
        )}
        <Changes changes={changesOf(entry, { words, language })} />
      </div>
    </article>
  );
}

/** The number of an entry's lines that are shown before the reader asks for all. */
const shownMax = 6;

function Changes({ changes }: { changes: AuditChange[] }) {
  const { words } = useConsole();
  const [isAll, setAll] = useState(false);
  const shown = isAll ? changes : changes.slice(0, shownMax);
  return (
    <>
      <ul className="audit-changes" data-inline={changes.every(({ from }) => from === null)}>
        {shown.map(({ label, from, to }) => (
          <li key={label}>
            <span className="audit-field">{label}</span>{' '}
            {from === null ? (
              <span className="lines">{to}</span>
            ) : (
              <span aria-label={words.audit.changed(from, to)} role="img">
                <s>{from}</s> → <b>{to}</b>
              </span>
            )}
          </li>
        ))}
      </ul>
      {changes.length > shown.length ? (
        <Button variant="subtle" size="compact-sm" px={0} onClick={() => setAll(true)} data-do="all-changes">
          {words.audit.showAll(changes.length)}
        </Button>
      ) : null}
    </>
  );
}
