import {
  ActionIcon,
  Anchor,
  Box,
  Button,
  Group,
  Paper,
  SegmentedControl,
  Stack,
  Table,
  Text,
  Title,
  VisuallyHidden,
} from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconChevronLeft, IconChevronRight, IconPlayerPlayFilled, IconPlayerStopFilled } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { localIn } from '../parts/zoned-time.ts';
import { useConsole } from '../shell/console-context.ts';
import { hashOf, useViewState } from '../shell/route.ts';
import type { AdminEvent, ConsoleClient } from '../shell/session.ts';
import {
  addDays,
  addMonths,
  entriesByDay,
  readDay,
  weeksOf,
  type CalendarEntry,
  type Day,
  type Span,
} from './calendar-days.ts';
import { EventViewSwitch } from './event-view-switch.tsx';

const shownByDefault = { at: '', span: '', zone: '' };
/**
 * Also read events that opened up to this many days before the first shown day, because they may close on a shown day.
 */
const longestDays = 100;
const pageSize = 100;
const pagesMax = 4;
/** The most entries that a day shows in the month view. */
const entriesMax = 4;

const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The openings and closings of a month or a week. */
export function CalendarView() {
  const { client, words, language } = useConsole();
  const texts = words.events.calendar;
  const [{ at, span: spanText, zone }, setState] = useViewState(shownByDefault);
  const isPhone = useMediaQuery('(max-width: 48em)') ?? false;
  const today = localIn(Date.now(), ownZone()).slice(0, 10);
  const day = readDay(at, today);
  const span: Span = spanText === 'week' ? 'week' : 'month';
  const weeks = weeksOf(day, span, language === 'ko' ? 0 : 1);
  const [first = day, last = day] = [weeks[0]?.[0], weeks.at(-1)?.at(-1)];
  const { data, error } = useQuery({
    queryKey: ['events', 'calendar', first, last],
    queryFn: ({ signal }) => eventsAround(client, first, last, signal),
    refetchInterval: 60_000,
    placeholderData: keepPreviousData,
  });
  const zoneOf = (event: AdminEvent): string => (zone === 'event' ? (event.timeZone ?? ownZone()) : ownZone());
  const entries = entriesByDay(data?.events ?? [], zoneOf);
  const step = (by: number): Day => (span === 'month' ? addMonths(day, by) : addDays(day, 7 * by));
  const inMonth = (each: Day): boolean => span === 'week' || each.slice(0, 7) === day.slice(0, 7);
  const showWeek = (each: Day): void => {
    setState({ at: each, span: 'week' });
    scrollTo(0, 0);
  };
  const props = { weeks, entries, today, inMonth, showWeek, isWeek: span === 'week' };
  return (
    <>
      <PageHead title={words.shell.nav.events} actions={<EventViewSwitch current="calendar" />} />
      <TroubleNote error={error} />
      <Group justify="space-between" mb="sm" gap="sm">
        <Group gap="xs">
          <ActionIcon
            variant="default"
            size="lg"
            aria-label={texts.previous[span]}
            onClick={() => setState({ at: step(-1) })}
            data-do="previous"
          >
            <IconChevronLeft size={18} aria-hidden />
          </ActionIcon>
          <Button variant="default" onClick={() => setState({ at: '' })}>
            {texts.today}
          </Button>
          <ActionIcon
            variant="default"
            size="lg"
            aria-label={texts.next[span]}
            onClick={() => setState({ at: step(1) })}
            data-do="next"
          >
            <IconChevronRight size={18} aria-hidden />
          </ActionIcon>
          <Title order={2} aria-live="polite" ml="xs" data-calendar={`${first} ${last}`}>
            {titleOf(language, span, day, first, last)}
          </Title>
        </Group>
        <Group gap="xs">
          <SegmentedControl
            aria-label={texts.span}
            value={span}
            onChange={(value) => setState({ span: value === 'week' ? 'week' : '' })}
            data={[
              { value: 'month', label: texts.month },
              { value: 'week', label: texts.week },
            ]}
          />
          <SegmentedControl
            aria-label={texts.zone}
            value={zone === 'event' ? 'event' : 'mine'}
            onChange={(value) => setState({ zone: value === 'event' ? 'event' : '' })}
            data={[
              { value: 'mine', label: texts.myZone },
              { value: 'event', label: texts.eventZone },
            ]}
          />
        </Group>
      </Group>
      {isPhone ? <DayList {...props} /> : <Grid {...props} />}
      <Group mt="sm" gap="md" c="dimmed" fz="sm">
        <Group gap={4}>
          <IconPlayerPlayFilled size={12} aria-hidden /> {words.events.opens}
        </Group>
        <Group gap={4}>
          <IconPlayerStopFilled size={12} aria-hidden /> {words.events.closes}
        </Group>
        <span>{zone === 'event' ? texts.inEventZones : texts.inZone(ownZone())}</span>
      </Group>
      {data !== undefined && data.events.length < data.total ? <Notice kind="info">{texts.notAll}</Notice> : null}
    </>
  );
}

/** The events that may open or close between two days, at most 400. */
async function eventsAround(client: ConsoleClient, first: Day, last: Day, signal: AbortSignal) {
  const range = {
    // Read one more day on each side, because an event's zone may be ahead of or behind this browser's.
    opensFrom: `${addDays(first, -longestDays)}T00:00:00Z`,
    opensBefore: `${addDays(last, 2)}T00:00:00Z`,
  };
  const events: AdminEvent[] = [];
  for (let page = 0; page < pagesMax; page += 1) {
    const found = await client.admin.event.search.query(
      { ...range, sort: 'opensAt', descending: true, offset: page * pageSize, limit: pageSize },
      { signal },
    );
    events.push(...found.events);
    if (events.length >= found.total || found.events.length === 0) return { events, total: events.length };
  }
  return { events, total: Infinity };
}

function titleOf(language: string, span: Span, day: Day, first: Day, last: Day): string {
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language, { timeZone: 'UTC', ...options });
  if (span === 'month') return format({ year: 'numeric', month: 'long' }).format(new Date(day));
  return format({ year: 'numeric', month: 'short', day: 'numeric' }).formatRange(new Date(first), new Date(last));
}

type DaysProps = {
  weeks: Day[][];
  entries: ReadonlyMap<Day, CalendarEntry[]>;
  today: Day;
  inMonth: (day: Day) => boolean;
  showWeek: (day: Day) => void;
  isWeek: boolean;
};

function Grid({ weeks, entries, today, inMonth, showWeek, isWeek }: DaysProps) {
  const { words, language } = useConsole();
  const weekday = new Intl.DateTimeFormat(language, { timeZone: 'UTC', weekday: 'short' });
  return (
    <Table
      layout="fixed"
      withTableBorder
      withColumnBorders
      className="calendar"
      aria-label={words.events.calendar.label}
    >
      <Table.Thead>
        <Table.Tr>
          {weeks[0]?.map((day) => (
            <Table.Th key={day} ta="center" fz="sm">
              {weekday.format(new Date(day))}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {weeks.map((week) => (
          <Table.Tr key={week[0]}>
            {week.map((day) => (
              <Table.Td
                key={day}
                h={isWeek ? 380 : 92}
                p={4}
                style={{ verticalAlign: 'top' }}
                data-day={day}
                {...(!inMonth(day) && { bg: 'light-dark(var(--mantine-color-gray-0), var(--mantine-color-dark-8))' })}
              >
                <DayNumber day={day} isToday={day === today} isDimmed={!inMonth(day)} />
                <Entries
                  all={entries.get(day) ?? []}
                  max={isWeek ? Infinity : entriesMax}
                  onMore={() => showWeek(day)}
                  isWeek={isWeek}
                />
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** On a phone, shows the days that have entries, one below the other. */
function DayList({ weeks, entries, today, inMonth, showWeek }: DaysProps) {
  const { words, language } = useConsole();
  const format = new Intl.DateTimeFormat(language, {
    timeZone: 'UTC',
    month: 'short',
    day: 'numeric',
    weekday: 'short',
  });
  const days = weeks.flat().filter((day) => inMonth(day) && entries.has(day));
  if (days.length === 0) return <Text>{words.events.calendar.none}</Text>;
  return (
    <Stack gap="xs">
      {days.map((day) => (
        <Paper key={day} withBorder p="xs" data-day={day}>
          <Text fw={700} size="sm" {...(day === today && { c: 'indigo' })}>
            {format.format(new Date(day))}
          </Text>
          <Entries all={entries.get(day) ?? []} max={Infinity} onMore={() => showWeek(day)} isWeek />
        </Paper>
      ))}
    </Stack>
  );
}

function DayNumber({ day, isToday, isDimmed }: { day: Day; isToday: boolean; isDimmed: boolean }) {
  const date = Number(day.slice(8));
  return (
    <Text
      size="sm"
      fw={isToday ? 700 : 400}
      {...(isDimmed && { c: 'dimmed' })}
      {...(isToday && { 'aria-current': 'date' })}
    >
      {isToday ? (
        <Box component="span" bg="indigo.7" c="white" px={6} py={1} style={{ borderRadius: 999 }}>
          {date}
        </Box>
      ) : (
        date
      )}
    </Text>
  );
}

type EntriesProps = { all: readonly CalendarEntry[]; max: number; onMore: () => void; isWeek: boolean };

function Entries({ all, max, onMore, isWeek }: EntriesProps) {
  const { words } = useConsole();
  const shown = all.length > max ? all.slice(0, max - 1) : all;
  return (
    <>
      {shown.map(({ event, kind, time }) => {
        const KindIcon = kind === 'opens' ? IconPlayerPlayFilled : IconPlayerStopFilled;
        return (
          <Anchor
            key={`${event.id} ${kind}`}
            href={hashOf({ view: 'event', eventId: event.id })}
            underline="hover"
            size="xs"
            display="block"
            truncate={isWeek ? false : 'end'}
            lh={1.6}
            {...(isWeek && { style: { paddingInlineStart: 12, textIndent: -12 } })}
            title={`${time} ${event.name}`}
            data-entry={kind}
          >
            <KindIcon size={9} aria-hidden />
            <VisuallyHidden>{kind === 'opens' ? words.events.opens : words.events.closes} </VisuallyHidden> {time}{' '}
            {event.name}
          </Anchor>
        );
      })}
      {shown.length < all.length ? (
        <Button variant="subtle" size="compact-xs" px={2} onClick={onMore} data-do="more">
          {words.events.calendar.more(all.length - shown.length)}
        </Button>
      ) : null}
    </>
  );
}
