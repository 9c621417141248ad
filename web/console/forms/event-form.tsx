import { Autocomplete, Button, Checkbox, Group, List, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import {
  fieldNames,
  isNullable,
  isOfKind,
  wireName,
  type FieldName,
  type FieldOfKind,
  type WireName,
} from '../../../core/events/event-fields.ts';
import { currencyCodes } from '../../../core/money/minor-units.ts';
import { formatMoney, formatTime } from '../../shared/formats.ts';
import { ConfirmName } from './confirm-name.tsx';
import { useConsole } from '../shell/console-context.ts';
import {
  changedFields,
  createInput,
  draftOf,
  emptyDraft,
  instantOf,
  strategies,
  updateInput,
  warningsOf,
  type Draft,
} from './draft.ts';
import { useEventPages } from '../events/event-list.tsx';
import { Choice, Field, TextArea } from '../parts/fields.tsx';
import { Loading } from '../parts/loading.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { relative } from '../parts/when.tsx';
import { goTo, useLeaveGuard } from '../shell/address.ts';
import { hashOf } from '../shell/route.ts';
import { issueText } from '../messages/error-text.ts';
import { newRequestId, troubleOf, type AdminEvent } from '../shell/session.ts';

export function CreateEvent() {
  const { client, words } = useConsole();
  return (
    <EventForm
      title={words.events.create}
      initial={emptyDraft()}
      event={null}
      send={(draft, { requestId, reason }) =>
        client.admin.event.create.mutate({ ...createInput(draft), requestId, ...(reason !== undefined && { reason }) })
      }
    />
  );
}

export function EditEvent({ eventId }: { eventId: string }) {
  const { client, words } = useConsole();
  // The event as it was when the form was opened. A later change by another admin is a conflict, which the form
  // reports.
  const [base, setBase] = useState<AdminEvent | null>(null);
  const { data, error } = useQuery({
    queryKey: ['edit', eventId],
    queryFn: () => client.admin.event.get.query({ eventId }),
    staleTime: Infinity,
    gcTime: 0,
  });
  useEffect(() => {
    if (data !== undefined) setBase((held) => held ?? data);
  }, [data]);
  if (base === null) return error ? <TroubleNote error={error} /> : <Loading />;
  return (
    <EventForm
      title={`${words.events.edit}: ${base.name}`}
      initial={draftOf(base)}
      event={base}
      send={(draft, { version, ...extra }, from) =>
        client.admin.event.update.mutate({
          ...updateInput(from, draft),
          ...extra,
          ...{ eventId, version: version ?? base.version },
        })
      }
    />
  );
}

type Extra = { requestId: string; reason?: string; version?: number; confirm?: string };
type FormProps = {
  title: string;
  initial: Draft;
  event: AdminEvent | null;
  send: (draft: Draft, extra: Extra, from: Draft) => Promise<AdminEvent>;
};

function EventForm({ title, initial, event, send }: FormProps) {
  const { client, words, language, announce } = useConsole();
  const queries = useQueryClient();
  const [from, setFrom] = useState(initial);
  const [draft, setDraft] = useState(initial);
  const [version, setVersion] = useState(event?.version);
  const [reason, setReason] = useState('');
  const [requestId] = useState(newRequestId);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [newer, setNewer] = useState<AdminEvent | null>(null);
  /** Why the server requires the event's name before it makes the change. */
  const [asked, setAsked] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const trouble = error === null ? null : troubleOf(error);
  const issue = (field: string): string | undefined => {
    const found = trouble?.issues.find(({ path }) => path[0] === field);
    return found && issueText(words, language, found);
  };
  useLeaveGuard(!busy && changedFields(initial, draft).length > 0);
  const set =
    (field: keyof Draft) =>
    (value: string): void =>
      setDraft((held) => ({ ...held, [field]: value }));
  const field = (name: TypedField, hint?: string) => ({
    label: words.forms.fields[name],
    ...{ name, value: draft[name], onValue: set(name), error: issue(name), hint },
  });

  const save = async (confirm?: string): Promise<void> => {
    setBusy(true);
    setError(null);
    setAsked(null);
    try {
      const extra: Extra = {
        requestId,
        ...(reason !== '' && { reason }),
        ...(version !== undefined && { version }),
        ...(confirm !== undefined && { confirm }),
      };
      const saved = await send(draft, extra, from);
      await queries.invalidateQueries();
      goTo(hashOf({ view: 'event', eventId: saved.id }));
      announce(event === null ? words.events.created(saved.name) : words.events.saved(saved.name));
    } catch (failure) {
      setBusy(false);
      const wanted = troubleOf(failure).issues.find(({ path }) => path[0] === 'confirm');
      // The server decides whether the event is open and the change reduces its stock.
      if (wanted !== undefined && confirm === undefined) return setAsked(issueText(words, language, wanted));
      setError(failure);
      if (troubleOf(failure).code === 'CONFLICT' && event !== null) {
        setNewer(await client.admin.event.get.query({ eventId: event.id }).catch(() => null));
      }
      form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
    }
  };
  const submit = (submitted: FormEvent): void => {
    submitted.preventDefault();
    void save();
  };
  const takeNewer = (): void => {
    if (newer === null) return;
    const theirs = draftOf(newer);
    const mine = new Set(changedFields(from, draft));
    setDraft((held) => ({
      ...theirs,
      ...Object.fromEntries(Object.entries(held).filter(([name]) => mine.has(name as keyof Draft))),
    }));
    setFrom(theirs);
    setVersion(newer.version);
    setNewer(null);
    setError(null);
  };
  const own = event === null ? hashOf({ view: 'events' }) : hashOf({ view: 'event', eventId: event.id });
  return (
    <>
      <PageHead title={title} />
      <form ref={form} onSubmit={submit} noValidate>
        <Stack maw={860}>
          <Field {...field('name')} required />
          <TextArea {...field('description')} />
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <Field {...field('amount', words.forms.amountHint)} inputMode="numeric" />
            <Suggest {...field('currency')} data={currencyCodes} />
            <Field {...field('stock')} inputMode="numeric" />
          </SimpleGrid>
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <Field {...field('opensAt', words.forms.timeHint)} placeholder="2026-12-01T10:00:00" />
            <Field {...field('closesAt', words.common.optional)} placeholder="2026-12-01T18:00:00" />
            <Suggest {...field('timeZone')} data={timeZones} />
          </SimpleGrid>
          <Choice
            label={words.forms.fields.strategy}
            name="strategy"
            value={draft.strategy}
            onValue={set('strategy')}
            error={issue('strategy')}
            data={[...new Set([...strategies, draft.strategy])]}
          />
          {otherFields.map((name) => {
            const wire = wireName(name);
            const hint = isNullable(name) ? words.common.optional : undefined;
            if (isOfKind(name, 'switch')) {
              return (
                <Checkbox
                  key={name}
                  label={words.forms.fields[name]}
                  checked={draft[name]}
                  onChange={({ currentTarget }) => setDraft({ ...draft, [name]: currentTarget.checked })}
                />
              );
            }
            if (isOfKind(name, 'text')) return <TextArea key={name} {...field(wire as TypedField, hint)} />;
            return <Field key={name} {...field(wire as TypedField, hint)} />;
          })}
          <Field
            label={words.common.reason}
            name="reason"
            value={reason}
            onValue={setReason}
            hint={words.common.reasonHint}
            error={issue('reason')}
          />
          <Preview draft={draft} event={event} />
          {newer === null ? (
            <TroubleNote error={error} />
          ) : (
            <Notice kind="trouble" title={words.forms.conflict}>
              <List>
                {changedFields(from, draftOf(newer)).map((name) => (
                  <List.Item key={name} className="lines">
                    {words.forms.fields[name]}: {String(from[name])} → {String(draftOf(newer)[name])}
                  </List.Item>
                ))}
              </List>
              <Button variant="default" mt="sm" onClick={takeNewer}>
                {words.forms.takeNewer}
              </Button>
            </Notice>
          )}
          <Group>
            <Button type="submit" loading={busy}>
              {event === null ? words.events.create : words.common.save}
            </Button>
            <Button component="a" href={own} variant="default">
              {words.common.cancel}
            </Button>
          </Group>
        </Stack>
      </form>
      {event === null ? null : (
        <ConfirmName
          title={title}
          name={from.name}
          reason={asked}
          onConfirm={() => void save(from.name)}
          onCancel={() => setAsked(null)}
        />
      )}
    </>
  );
}

type TypedField = Exclude<keyof Draft, WireName<FieldOfKind<'switch'>> | 'strategy'>;

/** Fields with a fixed place in the form. All other fields follow in the order of the list. */
const placed: readonly FieldName[] = ['name', 'description', 'amount', 'currency', 'timeZone'];
const otherFields = fieldNames.filter((name) => !placed.includes(name));

const timeZones = Intl.supportedValuesOf('timeZone');

type SuggestProps = {
  label: string;
  name: string;
  value: string;
  onValue: (value: string) => void;
  error: string | undefined;
  hint: string | undefined;
  data: readonly string[];
};

/** A text field that suggests known values, and takes others too. */
function Suggest({ onValue, hint, data, ...rest }: SuggestProps) {
  return <Autocomplete {...rest} description={hint} data={[...data]} limit={12} onChange={onValue} />;
}

/** Previews the event: its times here and in the event's zone, and warnings about possible mistakes. */
function Preview({ draft, event }: { draft: Draft; event: AdminEvent | null }) {
  const { words, language, signed } = useConsole();
  const { data } = useEventPages();
  const others = (data?.pages ?? []).flatMap(({ events }) => events).filter(({ id }) => id !== event?.id);
  const warnings = warningsOf(draft, {
    nowMs: Date.now() + signed.rules.aheadMs,
    others,
    event,
    ...signed.rules,
  });
  const tell = (text: string): string => {
    const at = instantOf(text, draft.timeZone);
    if (at === null) return '–';
    if (at === 'skipped') return words.forms.skipped(draft.timeZone);
    if (at === 'twice') return words.forms.twice(draft.timeZone);
    const there = new Intl.DateTimeFormat(language, {
      dateStyle: 'full',
      timeStyle: 'long',
      timeZone: readableZone(draft.timeZone),
    });
    return `${formatTime(language, at)} (${words.common.here}) · ${there.format(at)} · ${relative(language, at - Date.now())}`;
  };
  return (
    <Paper component="section" withBorder p="md" className="preview" aria-label={words.forms.preview}>
      <Title order={2}>{words.forms.preview}</Title>
      <Text>
        <b>{draft.name}</b>{' '}
        {Number(draft.amount) > 0 ? formatMoney(language, Number(draft.amount), draft.currency) : ''}
      </Text>
      <Text data-preview="opens">
        {words.forms.fields.opensAt}: {tell(draft.opensAt)}
      </Text>
      {draft.closesAt === '' ? null : (
        <Text>
          {words.forms.fields.closesAt}: {tell(draft.closesAt)}
        </Text>
      )}
      {draft.validUntil === '' ? null : (
        <Text>
          {words.forms.fields.validUntil}: {tell(draft.validUntil)}
        </Text>
      )}
      <div role="status">
        {warnings.length === 0 ? null : (
          <List c="var(--mantine-color-orange-light-color)" mt="xs">
            {warnings.map((warning) => (
              <List.Item key={warning} data-warning={warning}>
                {words.forms.warnings[warning]}
              </List.Item>
            ))}
          </List>
        )}
      </div>
    </Paper>
  );
}

function readableZone(zone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return 'UTC';
  }
}
