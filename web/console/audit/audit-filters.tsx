import { Button, Group, Paper, Select, SimpleGrid } from '@mantine/core';
import { DateInput, DatesProvider } from '@mantine/dates';
import { useQuery } from '@tanstack/react-query';
import 'dayjs/locale/ko';
import { useState, type FormEvent } from 'react';
import { Field } from '../parts/fields.tsx';
import { useConsole } from '../shell/console-context.ts';

export const noFilter = { eventId: '', actor: '', action: '', since: '', until: '' };
export type AuditFilter = typeof noFilter;

type Props = {
  filter: AuditFilter;
  onFilter: (change: Partial<AuditFilter>) => void;
  /** The chosen event's name, or null if no entry on the screen has it. */
  eventName: string | null;
};

/** The filters of the audit trail. A choice applies at once; a typed name applies on Enter. */
export function AuditFilters({ filter, onFilter, eventName }: Props) {
  const { words, language } = useConsole();
  const texts = words.audit;
  const [actor, setActor] = useState(filter.actor);
  const events = useEventChoices(filter.eventId, eventName);
  const actions = Object.entries(texts.actions).map(([value, label]) => ({ value, label }));
  const known = filter.action === '' || filter.action in texts.actions;
  const submit = (submitted: FormEvent): void => {
    submitted.preventDefault();
    onFilter({ actor: actor.trim() });
  };
  const clear = (): void => {
    setActor('');
    onFilter(noFilter);
  };
  const choice = {
    placeholder: texts.all,
    searchable: true,
    clearable: true,
    nothingFoundMessage: texts.noEntries,
    clearButtonProps: { 'aria-label': texts.clear },
  };
  const day = (name: 'since' | 'until') => ({
    ...{ label: texts[name], name, valueFormat: 'YYYY-MM-DD', placeholder: texts.all, clearable: true },
    value: filter[name] === '' ? null : filter[name],
    onChange: (chosen: string | null) => onFilter({ [name]: chosen ?? '' }),
    clearButtonProps: { 'aria-label': texts.clear },
    ariaLabels: words.forms.calendar.labels,
    hideOutsideDates: true,
    monthLabelFormat: language === 'ko' ? 'YYYY년 M월' : 'MMMM YYYY',
    yearLabelFormat: language === 'ko' ? 'YYYY년' : 'YYYY',
  });
  return (
    <Paper component="form" withBorder p="md" onSubmit={submit} data-form="audit-filter">
      <DatesProvider settings={{ locale: language, firstDayOfWeek: language === 'ko' ? 0 : 1 }}>
        <SimpleGrid cols={{ base: 1, xs: 2, lg: 5 }} verticalSpacing="sm">
          <Field label={texts.actor} name="actor" value={actor} onValue={setActor} autoComplete="off" />
          <Select
            {...choice}
            label={words.common.event}
            name="eventId"
            data={events}
            limit={50}
            value={filter.eventId === '' ? null : filter.eventId}
            onChange={(chosen) => onFilter({ eventId: chosen ?? '' })}
          />
          <Select
            {...choice}
            label={texts.action}
            name="action"
            data={known ? actions : [...actions, { value: filter.action, label: filter.action }]}
            value={filter.action === '' ? null : filter.action}
            onChange={(chosen) => onFilter({ action: chosen ?? '' })}
          />
          <DateInput {...day('since')} />
          <DateInput {...day('until')} />
        </SimpleGrid>
      </DatesProvider>
      <Group mt="sm" gap="sm">
        <Button type="submit" variant="default">
          {texts.filter}
        </Button>
        {JSON.stringify(filter) === JSON.stringify(noFilter) ? null : (
          <Button variant="subtle" onClick={clear}>
            {texts.clear}
          </Button>
        )}
      </Group>
    </Paper>
  );
}

/** Offers the newest events by name, and the chosen one. Events with the same name also show their ids. */
function useEventChoices(eventId: string, eventName: string | null): { value: string; label: string }[] {
  const { client } = useConsole();
  const { data } = useQuery({
    queryKey: ['usual-events'],
    queryFn: ({ signal }) => client.admin.event.list.query({ limit: 100 }, { signal }),
    staleTime: 60_000,
  });
  const listed = (data?.events ?? []).map(({ id, name }) => ({ id, name }));
  const isListed = eventId === '' || listed.some(({ id }) => id === eventId);
  const all = isListed ? listed : [...listed, { id: eventId, name: eventName ?? eventId }];
  const counts = new Map<string, number>();
  for (const { name } of all) counts.set(name, (counts.get(name) ?? 0) + 1);
  return all.map(({ id, name }) => ({ value: id, label: (counts.get(name) ?? 0) > 1 ? `${name} (${id})` : name }));
}
