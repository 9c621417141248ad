import { Chip, Group, ScrollArea, TextInput } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconCalendar, IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useConsole } from '../shell/console-context.ts';
import { phaseChoices, type Filters, type FoundEvents, type PhaseChoice } from './event-search.ts';

type Props = { filters: Filters; onChange: (change: Partial<Filters>) => void };

/** The search by name and the range of opening days. */
export function EventFilters({ filters, onChange }: Props) {
  const { words } = useConsole();
  const { table } = words.events;
  const [typed, setTyped] = useState(filters.q);
  // The address may also change without typing: by a link, or by the button that clears all filters.
  useEffect(() => setTyped(filters.q), [filters.q]);
  const search = useDebouncedCallback((q: string) => onChange({ q, page: '' }), 250);
  return (
    <Group gap="sm" mb="sm" role="search" aria-label={table.filters}>
      <TextInput
        type="search"
        name="search"
        aria-label={table.search}
        placeholder={table.search}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={typed}
        onChange={({ currentTarget: { value } }) => {
          setTyped(value);
          search(value);
        }}
        flex="1 1 14rem"
        maw={{ base: '100%', sm: 360 }}
      />
      <DatePickerInput
        type="range"
        // A screen reader reads this instead of the text on the button.
        aria-label={filters.from === '' ? table.openingDays : `${table.openingDays}: ${filters.from} – ${filters.to}`}
        placeholder={table.openingDays}
        leftSection={<IconCalendar size={16} aria-hidden />}
        clearable
        clearButtonProps={{ 'aria-label': table.clearDays }}
        allowSingleDateInRange
        valueFormat="YYYY-MM-DD"
        value={[filters.from === '' ? null : filters.from, filters.to === '' ? null : filters.to]}
        onChange={([from, to]) => onChange({ from: from ?? '', to: to ?? '', page: '' })}
        flex="1 1 14rem"
        maw={{ base: '100%', sm: 290 }}
        data-filter="days"
      />
    </Group>
  );
}

/** A choice of one phase. Each choice shows how many events are in that phase. */
export function PhaseFilter({ filters, found, onChange }: Props & { found: FoundEvents | undefined }) {
  const { words, language } = useConsole();
  const number = new Intl.NumberFormat(language);
  return (
    <ScrollArea type="never" offsetScrollbars={false} flex="1 1 0" miw={0}>
      <Chip.Group value={filters.phase} onChange={(phase) => onChange({ phase, page: '' })}>
        <Group gap={6} wrap="nowrap" role="radiogroup" aria-label={words.common.state} py={2} px={1}>
          {phaseChoices.map((choice) => (
            <Chip key={choice} value={choice} size="sm" radius="md" variant="light" data-filter={choice}>
              {labelOf(choice)} <b>{found === undefined ? '' : number.format(countOf(found, choice))}</b>
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </ScrollArea>
  );

  function labelOf(choice: PhaseChoice): string {
    if (choice === '') return words.events.table.all;
    return choice === 'unapproved' ? words.events.troubles.needsApproval : words.common.phases[choice];
  }
}

function countOf({ counts, unapproved }: FoundEvents, choice: PhaseChoice): number {
  if (choice === '') return Object.values(counts).reduce((sum, count) => sum + count, 0);
  return choice === 'unapproved' ? unapproved : counts[choice];
}
