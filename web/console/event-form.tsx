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
} from '../../core/events/event-fields.ts';
import { currencyCodes } from '../../core/money/minor-units.ts';
import { formatMoney, formatTime } from '../shared/formats.ts';
import { ConfirmName } from './confirm-name.tsx';
import { useConsole } from './console-context.ts';
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
import { useEventPages } from './event-list.tsx';
import { Field, relative, Select, TroubleNote } from './parts.tsx';
import { newRequestId, troubleOf, type AdminEvent } from './session.ts';
import { TextArea } from './text-area.tsx';

export function CreateEvent() {
  const { client, words } = useConsole();
  return (
    <EventForm
      title={words.create}
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
  if (base === null) return error ? <TroubleNote error={error} /> : <p role="status">{words.loading}</p>;
  return (
    <EventForm
      title={`${words.edit}: ${base.name}`}
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
  const { client, words, announce } = useConsole();
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
  const issue = (field: string): string | undefined => trouble?.issues.find(({ path }) => path[0] === field)?.message;
  const set =
    (field: keyof Draft) =>
    (value: string): void =>
      setDraft((held) => ({ ...held, [field]: value }));
  const field = (name: TypedField, hint?: string) => ({
    label: words.fields[name],
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
      location.hash = `#/events/${saved.id}`;
      announce(event === null ? words.created(saved.name) : words.saved(saved.name));
    } catch (failure) {
      setBusy(false);
      const wanted = troubleOf(failure).issues.find(({ path }) => path[0] === 'confirm');
      // The server decides whether the event is open and the change reduces its stock.
      if (wanted !== undefined && confirm === undefined) return setAsked(wanted.message);
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
  return (
    <>
      <form ref={form} onSubmit={submit} noValidate>
        <h1>{title}</h1>
        <Field {...field('name')} required />
        <TextArea {...field('description')} />
        <div className="row">
          <Field {...field('amount', words.amountHint)} inputMode="numeric" />
          <Field {...field('currency')} list="currencies" autoCapitalize="characters" />
          <datalist id="currencies">
            {currencyCodes.map((code) => (
              <option key={code} value={code} />
            ))}
          </datalist>
          <Field {...field('stock')} inputMode="numeric" />
        </div>
        <div className="row">
          <Field {...field('opensAt', words.timeHint)} placeholder="2026-12-01T10:00:00" />
          <Field {...field('closesAt', words.optional)} placeholder="2026-12-01T18:00:00" />
          <Field {...field('timeZone')} list="zones" />
          <datalist id="zones">
            {Intl.supportedValuesOf('timeZone').map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </div>
        <Select label={words.fields.strategy} value={draft.strategy} onValue={set('strategy')}>
          {[...new Set([...strategies, draft.strategy])].map((name) => (
            <option key={name}>{name}</option>
          ))}
        </Select>
        {issue('strategy') === undefined ? null : <p className="trouble">{issue('strategy')}</p>}
        {otherFields.map((name) => {
          const wire = wireName(name);
          const hint = isNullable(name) ? words.optional : undefined;
          if (isOfKind(name, 'switch')) return <Switch key={name} name={name} draft={draft} onDraft={setDraft} />;
          if (isOfKind(name, 'text')) return <TextArea key={name} {...field(wire as TypedField, hint)} />;
          return <Field key={name} {...field(wire as TypedField, hint)} />;
        })}
        <Field
          label={words.reason}
          name="reason"
          value={reason}
          onValue={setReason}
          hint={words.reasonHint}
          error={issue('reason')}
        />
        <Preview draft={draft} event={event} />
        {newer === null ? (
          <TroubleNote error={error} />
        ) : (
          <div role="alert" className="card trouble">
            <p>{words.conflict}</p>
            <ul>
              {changedFields(from, draftOf(newer)).map((name) => (
                <li key={name} className="lines">
                  {words.fields[name]}: {String(from[name])} → {String(draftOf(newer)[name])}
                </li>
              ))}
            </ul>
            <button type="button" className="quiet" onClick={takeNewer}>
              {words.takeNewer}
            </button>
          </div>
        )}
        <div className="actions">
          <button className="main-action" disabled={busy}>
            {event === null ? words.create : words.save}
          </button>
          <a href={event === null ? '#/' : `#/events/${event.id}`}>{words.cancel}</a>
        </div>
      </form>
      {asked === null || event === null ? null : (
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

type SwitchProps = { name: FieldOfKind<'switch'>; draft: Draft; onDraft: (draft: Draft) => void };

function Switch({ name, draft, onDraft }: SwitchProps) {
  const { words } = useConsole();
  return (
    <label className="check">
      <input
        type="checkbox"
        checked={draft[name]}
        onChange={({ target }) => onDraft({ ...draft, [name]: target.checked })}
      />{' '}
      {words.fields[name]}
    </label>
  );
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
    if (at === 'skipped') return words.skipped(draft.timeZone);
    if (at === 'twice') return words.twice(draft.timeZone);
    const there = new Intl.DateTimeFormat(language, {
      dateStyle: 'full',
      timeStyle: 'long',
      timeZone: readableZone(draft.timeZone),
    });
    return `${formatTime(language, at)} (${words.here}) · ${there.format(at)} · ${relative(language, at - Date.now())}`;
  };
  return (
    <section className="card preview" aria-label={words.preview}>
      <h2>{words.preview}</h2>
      <p>
        <b>{draft.name}</b>{' '}
        {Number(draft.amount) > 0 ? formatMoney(language, Number(draft.amount), draft.currency) : ''}
      </p>
      <p data-preview="opens">
        {words.fields.opensAt}: {tell(draft.opensAt)}
      </p>
      {draft.closesAt === '' ? null : (
        <p>
          {words.fields.closesAt}: {tell(draft.closesAt)}
        </p>
      )}
      {draft.validUntil === '' ? null : (
        <p>
          {words.fields.validUntil}: {tell(draft.validUntil)}
        </p>
      )}
      <div role="status">
        {warnings.length === 0 ? null : (
          <ul className="warnings">
            {warnings.map((warning) => (
              <li key={warning} data-warning={warning}>
                {words.warnings[warning]}
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

function readableZone(zone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return 'UTC';
  }
}
