import {
  ActionIcon,
  Anchor,
  Button,
  Checkbox,
  Group,
  Menu,
  Pagination,
  Progress,
  Stack,
  Table,
  Text,
  UnstyledButton,
  VisuallyHidden,
} from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import {
  IconArrowDown,
  IconArrowsSort,
  IconArrowUp,
  IconCopy,
  IconDots,
  IconPencil,
  IconCalendarEvent,
  IconSearchOff,
} from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { formatShortTime } from '../parts/short-time.ts';
import { EmptyList } from '../parts/empty-list.tsx';
import { Loading } from '../parts/loading.tsx';
import { Notice } from '../parts/notice.tsx';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { relative } from '../parts/when.tsx';
import { useConsole } from '../shell/console-context.ts';
import { hashOf, useViewState } from '../shell/route.ts';
import { mayDo, type AdminEvent } from '../shell/session.ts';
import { BulkBar } from './bulk-bar.tsx';
import { EventFilters, PhaseFilter } from './event-filters.tsx';
import { noFilters, pageOf, pageSize, readSort, useFoundEvents, type SortName } from './event-search.ts';
import { EventState, openingSoon } from './event-state.tsx';

/** The table of all events, with search, filters, sorting and selection. */
export function EventTable() {
  const { words, signed } = useConsole();
  const [filters, setFilters] = useViewState(noFilters);
  const [selected, setSelected] = useState<ReadonlyMap<string, AdminEvent>>(new Map());
  const { data: found, error } = useFoundEvents(filters);
  const mayChange = mayDo(signed.role, 'operator');
  const isFiltered = filters.q !== '' || filters.phase !== '' || filters.from !== '';
  const isEmpty = found?.total === 0 && !isFiltered;
  // Selected events may be on other pages. Use the newest state of each that this page has.
  const shown = new Map(found?.events.map((event) => [event.id, event]));
  const chosen = [...selected.values()].map((event) => shown.get(event.id) ?? event);
  return (
    <>
      <TroubleNote error={error} />
      {isEmpty ? (
        <EmptyList
          icon={IconCalendarEvent}
          title={words.events.noEvents}
          about={mayChange ? words.events.noEventsAbout : undefined}
        />
      ) : (
        <EventFilters filters={filters} onChange={setFilters} />
      )}
      {isEmpty ? null : (
        <Group mih={40} mb="xs" wrap="nowrap">
          {chosen.length === 0 ? (
            <PhaseFilter filters={filters} found={found} onChange={setFilters} />
          ) : (
            <BulkBar events={chosen} onSelect={setSelected} />
          )}
        </Group>
      )}
      {found === undefined && error === null ? <Loading /> : null}
      {found?.total === 0 && isFiltered ? (
        <EmptyList icon={IconSearchOff} title={words.events.table.noMatch}>
          <Button variant="default" onClick={() => setFilters(noFilters)}>
            {words.events.table.clear}
          </Button>
        </EmptyList>
      ) : null}
      {found === undefined || found.total === 0 ? null : (
        <Rows
          events={found.events}
          sort={filters.sort}
          onSort={(sort) => setFilters({ sort, page: '' })}
          selected={mayChange ? selected : null}
          onSelect={setSelected}
        />
      )}
      {found !== undefined && found.total > pageSize ? (
        <Pagination
          component="nav"
          aria-label={words.events.table.pages.label}
          mt="md"
          total={Math.ceil(found.total / pageSize)}
          value={pageOf(filters.page)}
          onChange={(page) => {
            setFilters({ page: page === 1 ? '' : String(page) });
            scrollTo(0, 0);
          }}
          getControlProps={(control) => ({ 'aria-label': words.events.table.pages[control] })}
          getItemProps={(page) => ({ 'data-page': page })}
        />
      ) : null}
      {found?.truncated === true ? (
        <Stack mt="md">
          <Notice kind="info">{words.events.table.truncated}</Notice>
        </Stack>
      ) : null}
    </>
  );
}

/** This colour is light enough for links on it to be readable. */
const rowColor = 'light-dark(var(--mantine-color-gray-0), var(--mantine-color-dark-6))';

type RowsProps = {
  events: readonly AdminEvent[];
  sort: string;
  onSort: (sort: string) => void;
  /** Null if the admin may not change events. */
  selected: ReadonlyMap<string, AdminEvent> | null;
  onSelect: (selected: ReadonlyMap<string, AdminEvent>) => void;
};

function Rows({ events, sort, onSort, selected, onSelect }: RowsProps) {
  const { words } = useConsole();
  const isPhone = useMediaQuery('(max-width: 48em)') ?? false;
  const soon = openingSoon(events);
  const held = events.filter(({ id }) => selected?.has(id));
  const select = (changed: readonly AdminEvent[], isOn: boolean): void => {
    const next = new Map(selected);
    for (const event of changed) {
      if (isOn) next.set(event.id, event);
      else next.delete(event.id);
    }
    onSelect(next);
  };
  return (
    <Table
      className="events"
      withTableBorder
      highlightOnHover
      highlightOnHoverColor={rowColor}
      verticalSpacing={6}
      aria-label={words.shell.nav.events}
    >
      <Table.Thead>
        <Table.Tr>
          {selected === null ? null : (
            <Table.Th w={44}>
              <Checkbox
                size="xs"
                aria-label={words.events.table.selectAll}
                checked={held.length > 0 && held.length === events.length}
                indeterminate={held.length > 0 && held.length < events.length}
                onChange={({ currentTarget }) => select(events, currentTarget.checked)}
              />
            </Table.Th>
          )}
          <SortHead by="name" sort={sort} onSort={onSort}>
            {words.forms.fields.name}
          </SortHead>
          {isPhone ? null : (
            <>
              <SortHead by={null} sort={sort} onSort={onSort}>
                {words.common.state}
              </SortHead>
              <SortHead by="opensAt" sort={sort} onSort={onSort}>
                {words.events.opens}
              </SortHead>
              <SortHead by="closesAt" sort={sort} onSort={onSort}>
                {words.events.closes}
              </SortHead>
              <Table.Th ta="right">{words.sale.issued}</Table.Th>
            </>
          )}
          {selected === null ? null : (
            <Table.Th w={48}>
              <VisuallyHidden>{words.events.table.more}</VisuallyHidden>
            </Table.Th>
          )}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {events.map((event) => (
          <Table.Tr
            key={event.id}
            data-event={event.id}
            {...(selected?.has(event.id) === true && {
              bg: rowColor,
              style: { boxShadow: 'inset 3px 0 var(--mantine-primary-color-filled)' },
            })}
          >
            {selected === null ? null : (
              <Table.Td>
                <Checkbox
                  size="xs"
                  aria-label={words.events.table.select(event.name)}
                  checked={selected.has(event.id)}
                  onChange={({ currentTarget }) => select([event], currentTarget.checked)}
                />
              </Table.Td>
            )}
            {isPhone ? (
              <PhoneCell event={event} isSoon={soon.has(event.id)} />
            ) : (
              <Cells event={event} isSoon={soon.has(event.id)} />
            )}
            {selected === null ? null : (
              <Table.Td>
                <RowMenu event={event} />
              </Table.Td>
            )}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

type SortHeadProps = { by: SortName | null; sort: string; onSort: (sort: string) => void; children: ReactNode };

/** The header of a sortable column. `by: null` is the default order, which sorts by state. */
function SortHead({ by, sort, onSort, children }: SortHeadProps) {
  const sorted = readSort(sort);
  const isOn = (sorted?.by ?? null) === by;
  const direction = sorted?.descending === true ? 'descending' : 'ascending';
  const SortIcon = !isOn ? IconArrowsSort : direction === 'descending' ? IconArrowDown : IconArrowUp;
  const next = by === null ? '' : isOn && direction === 'ascending' ? `-${by}` : by;
  return (
    <Table.Th {...(isOn && { 'aria-sort': direction })}>
      <UnstyledButton fz="sm" fw={700} onClick={() => onSort(next)} data-sort={by ?? 'urgency'}>
        <Group gap={4} wrap="nowrap" component="span">
          {children}
          <SortIcon size={14} aria-hidden opacity={isOn ? 1 : 0.4} />
        </Group>
      </UnstyledButton>
    </Table.Th>
  );
}

type CellsProps = { event: AdminEvent; isSoon: boolean };

function Cells({ event, isSoon }: CellsProps) {
  return (
    <>
      <Table.Td maw={320}>
        <Name event={event} />
      </Table.Td>
      <Table.Td>
        <EventState event={event} isSoon={isSoon} />
      </Table.Td>
      <Table.Td>
        <Moment at={event.opensAt} isRelative />
      </Table.Td>
      <Table.Td>{event.closesAt === null ? '–' : <Moment at={event.closesAt} />}</Table.Td>
      <Table.Td>
        <Issued event={event} />
      </Table.Td>
    </>
  );
}

/** On a phone, one cell contains all of an event's data. */
function PhoneCell({ event, isSoon }: CellsProps) {
  const { words } = useConsole();
  return (
    <Table.Td>
      <Stack gap={4} align="flex-start">
        <Name event={event} />
        <EventState event={event} isSoon={isSoon} />
        <Text size="sm">
          {words.events.opens}: <Moment at={event.opensAt} isRelative />
        </Text>
        <Issued event={event} />
      </Stack>
    </Table.Td>
  );
}

const Name = ({ event }: { event: AdminEvent }) => (
  <Anchor underline="hover" inherit fw={600} href={hashOf({ view: 'event', eventId: event.id })}>
    {event.name}
  </Anchor>
);

/** A time in the reader's zone. */
function Moment({ at, isRelative = false }: { at: string; isRelative?: boolean }) {
  const { language } = useConsole();
  const ms = Date.parse(at);
  return (
    <time dateTime={at}>
      {formatShortTime(language, ms)}{' '}
      {isRelative ? (
        <Text span size="sm" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
          ({relative(language, ms - Date.now(), 'short')})
        </Text>
      ) : null}
    </time>
  );
}

function Issued({ event: { issued, stock } }: { event: AdminEvent }) {
  const { language } = useConsole();
  const number = new Intl.NumberFormat(language);
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      <Progress value={(100 * issued) / Math.max(1, stock)} w={48} size="sm" aria-hidden />
      <Text span size="sm" ta="right" miw="5.25rem" style={{ whiteSpace: 'nowrap' }}>
        {number.format(issued)} / {number.format(stock)}
      </Text>
    </Group>
  );
}

function RowMenu({ event }: { event: AdminEvent }) {
  const { words } = useConsole();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={words.events.table.moreFor(event.name)}
          data-menu={event.id}
        >
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {event.phase === 'closed' ? null : (
          <Menu.Item
            component="a"
            href={hashOf({ view: 'edit', eventId: event.id })}
            leftSection={<IconPencil size={16} aria-hidden />}
          >
            {words.events.edit}
          </Menu.Item>
        )}
        <Menu.Item
          component="a"
          href={hashOf({ view: 'create' }, { from: event.id })}
          leftSection={<IconCopy size={16} aria-hidden />}
          data-do="clone"
        >
          {words.events.clone}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
