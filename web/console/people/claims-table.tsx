import { Anchor, Badge, Button, Code, Group, Paper, SimpleGrid, Stack, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { DataTable } from 'mantine-datatable';
import { useEffect, useState, type FormEvent } from 'react';
import { Choice, Field } from '../parts/fields.tsx';
import { Notice } from '../parts/notice.tsx';
import { TimeField } from '../parts/time-field.tsx';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { instantOf } from '../parts/zoned-time.ts';
import { useConsole } from '../shell/console-context.ts';
import { hashOf } from '../shell/route.ts';
import type { AdminEvent, Inputs } from '../shell/session.ts';
import { preciseTime, storedAfter } from './claim-words.ts';
import { lookedUpOnce } from './lookup.ts';

export const noFilter = { user: '', serial: '', from: '', until: '', order: 'asc', round: '', kind: 'stored' };
type Filter = typeof noFilter;

type TableProps = { event: AdminEvent; filter: Filter; onFilter: (filter: Filter) => void };

/** The claims of an event's round, with the filters from the address. */
export function ClaimsTable({ event, filter, onFilter }: TableProps) {
  const timeZone = event.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <Stack>
      <Filters key={JSON.stringify(filter)} event={event} filter={filter} onFilter={onFilter} timeZone={timeZone} />
      {filter.kind === 'set_aside' ? (
        <SetAside event={event} />
      ) : (
        <Stored event={event} filter={filter} timeZone={timeZone} />
      )}
    </Stack>
  );
}

type FiltersProps = TableProps & { timeZone: string };

/**
 * The filters apply only when the admin presses a button, because every query for claims is recorded in the audit
 * trail.
 */
function Filters({ event, filter, onFilter, timeZone }: FiltersProps) {
  const { words } = useConsole();
  const texts = words.people;
  const [typed, setTyped] = useState(filter);
  const field = (name: keyof Filter) => ({
    ...{ name, value: typed[name] },
    onValue: (value: string) => setTyped((held) => ({ ...held, [name]: value })),
  });
  const submit = (submitted: FormEvent): void => {
    submitted.preventDefault();
    onFilter({ ...typed, user: typed.user.trim(), serial: typed.serial.replace(/[,\s]/g, '') });
  };
  const rounds = Array.from({ length: event.round }, (_, at) => String(event.round - at));
  return (
    <Paper component="form" withBorder p="md" onSubmit={submit} data-form="claims-filter">
      <SimpleGrid cols={{ base: 2, md: 4 }} verticalSpacing="sm">
        <Field label={texts.userId} {...field('user')} autoComplete="off" />
        <Field label={texts.serial} {...field('serial')} inputMode="numeric" autoComplete="off" />
        <TimeField label={texts.from} {...field('from')} timeZone={timeZone} />
        <TimeField label={texts.until} {...field('until')} timeZone={timeZone} />
        <Choice
          label={texts.order}
          {...field('order')}
          data={(['asc', 'desc'] as const).map((value) => ({ value, label: texts.orders[value] }))}
        />
        <Choice
          label={texts.shown}
          {...field('kind')}
          data={(['stored', 'accepted', 'set_aside'] as const).map((value) => ({ value, label: texts.kinds[value] }))}
        />
        {event.round === 1 ? null : (
          <Choice
            label={words.common.round}
            {...field('round')}
            data={rounds.map((round, at) => ({ value: at === 0 ? '' : round, label: round }))}
          />
        )}
      </SimpleGrid>
      <Group mt="sm" gap="sm">
        <Button type="submit">{texts.find}</Button>
        {JSON.stringify(filter) === JSON.stringify(noFilter) ? null : (
          <Button variant="subtle" onClick={() => onFilter(noFilter)}>
            {texts.clear}
          </Button>
        )}
      </Group>
    </Paper>
  );
}

const pageSize = 50;

function Stored({ event, filter, timeZone }: { event: AdminEvent; filter: Filter; timeZone: string }) {
  const { client, words, language } = useConsole();
  const texts = words.people;
  const number = new Intl.NumberFormat(language);
  const asked = browsed(event.id, filter, timeZone);
  const { data, error, isFetching, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['claims', asked],
    queryFn: ({ pageParam, signal }) =>
      client.admin.claim.browse.query({ ...asked, ...(pageParam !== null && { after: pageParam }) }, { signal }),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.nextAfter,
    ...lookedUpOnce,
  });
  const claims = data?.pages.flatMap((page) => page.claims) ?? [];
  const last = data?.pages.at(-1);
  // If a page contains no claim but more serials follow, the next page is read automatically.
  const goesOn = last?.claims.length === 0 && last.nextAfter !== null;
  useEffect(() => {
    if (goesOn && !isFetching) void fetchNextPage();
  }, [goesOn, isFetching, fetchNextPage]);
  return (
    <Stack gap="sm">
      {filter.kind === 'stored' && event.outbox !== null && event.outbox > 0 ? (
        <Notice kind="info">{texts.onTheWay(number.format(event.outbox))}</Notice>
      ) : null}
      <TroubleNote error={error} />
      <DataTable
        className="claims"
        withTableBorder
        borderRadius="md"
        minHeight={claims.length === 0 ? 160 : 0}
        fetching={isFetching}
        idAccessor={({ round, serial }) => `${round}-${serial}`}
        records={claims}
        noRecordsText={isFetching ? words.common.loading : texts.none}
        columns={[
          {
            accessor: 'serial',
            title: texts.serial,
            textAlign: 'right',
            width: 90,
            render: ({ serial }) => number.format(serial),
          },
          {
            accessor: 'userId',
            title: texts.userId,
            noWrap: true,
            render: ({ userId }) => (
              <Anchor underline="hover" inherit fw={600} href={hashOf({ view: 'people' }, { user: userId })}>
                {userId}
              </Anchor>
            ),
          },
          {
            accessor: 'claimedAt',
            title: texts.claimedAt,
            noWrap: true,
            render: ({ claimedAt }) => <time dateTime={claimedAt}>{preciseTime(language, claimedAt)}</time>,
          },
          {
            accessor: 'persistedAt',
            title: texts.storedAfter,
            textAlign: 'right',
            noWrap: true,
            render: ({ claimedAt, persistedAt }) =>
              persistedAt === null ? '–' : storedAfter(words, claimedAt, persistedAt),
          },
          {
            accessor: 'code',
            title: texts.code,
            noWrap: true,
            render: ({ code }) => <Code>{code}</Code>,
          },
          {
            accessor: 'state',
            title: words.common.state,
            render: ({ state }) => (
              <Badge color={state === 'persisted' ? 'green' : 'orange'} data-state={state}>
                {texts.states[state]}
              </Badge>
            ),
          },
        ]}
      />
      {goesOn ? (
        <Text role="status" c="dimmed">
          {texts.searching(number.format(last.nextAfter ?? 0))}
        </Text>
      ) : null}
      {hasNextPage && !goesOn ? (
        <Group justify="center">
          <Button variant="default" loading={isFetching} onClick={() => void fetchNextPage()} data-do="more">
            {words.common.more}
          </Button>
        </Group>
      ) : null}
    </Stack>
  );
}

/**
 * Converts the filters to the server's input. Text that is not a number or a time is sent as it is, so that the server
 * explains the error.
 */
function browsed(eventId: string, filter: Filter, timeZone: string): Inputs['admin']['claim']['browse'] {
  const { user, serial, from, until, order, round, kind } = filter;
  const time = (text: string): string => {
    const at = instantOf(text, timeZone);
    return typeof at === 'number' ? new Date(at).toISOString() : text;
  };
  return {
    ...{ eventId, limit: pageSize, order: order === 'desc' ? 'desc' : 'asc' },
    ...(kind === 'accepted' && { state: kind }),
    ...(round !== '' && { round: Number(round) }),
    ...(user !== '' && { userId: user }),
    ...(serial !== '' && { serial: Number(serial) }),
    ...(from !== '' && { fromAt: time(from) }),
    ...(until !== '' && { untilAt: time(until) }),
  };
}

/** The claims that were accepted but could not be stored. There are rarely any. */
function SetAside({ event }: { event: AdminEvent }) {
  const { client, words, language } = useConsole();
  const texts = words.people;
  const { data, error, isFetching } = useQuery({
    queryKey: ['claim-faults', event.id],
    queryFn: ({ signal }) => client.admin.claim.faults.query({ eventId: event.id }, { signal }),
    ...lookedUpOnce,
  });
  return (
    <>
      <TroubleNote error={error} />
      <DataTable
        className="claims"
        withTableBorder
        borderRadius="md"
        minHeight={160}
        fetching={isFetching}
        idAccessor="id"
        records={data?.faults ?? []}
        noRecordsText={isFetching ? words.common.loading : texts.none}
        columns={[
          {
            accessor: 'serial',
            title: texts.serial,
            textAlign: 'right',
            width: 90,
            render: ({ serial }) => serial?.toLocaleString(language) ?? '–',
          },
          { accessor: 'userId', title: texts.userId, noWrap: true },
          {
            accessor: 'claimedAt',
            title: texts.claimedAt,
            noWrap: true,
            render: ({ claimedAt }) => (claimedAt === null ? '–' : preciseTime(language, claimedAt)),
          },
          {
            accessor: 'reason',
            title: words.common.reason,
            render: ({ reason }) =>
              reason in texts.faults ? texts.faults[reason as keyof typeof texts.faults] : reason,
          },
          {
            accessor: 'settledBy',
            title: words.common.state,
            render: ({ settledBy, settledReason }) =>
              settledBy === null ? texts.open : `${texts.settledBy(settledBy)}: ${settledReason ?? ''}`,
          },
        ]}
      />
    </>
  );
}
