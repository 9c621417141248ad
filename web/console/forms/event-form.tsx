import { Anchor, Button, Grid, Group, List, Stack } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { issueText } from '../messages/error-text.ts';
import { Field } from '../parts/fields.tsx';
import { Loading } from '../parts/loading.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { goTo, useLeaveGuard } from '../shell/address.ts';
import { useConsole } from '../shell/console-context.ts';
import { hashOf, useViewState } from '../shell/route.ts';
import { newRequestId, troubleOf, type AdminEvent } from '../shell/session.ts';
import { cloneOf } from './clone.ts';
import { ConfirmName } from './confirm-name.tsx';
import { changedFields, createInput, draftOf, emptyDraft, updateInput, type Draft } from './draft.ts';
import { EventFields } from './event-fields.tsx';
import { PagePreview } from './page-preview.tsx';
import { problemsOf } from './problems.ts';
import { Warnings } from './warnings.tsx';

const noCopy = { from: '' };

/** The form for a new event. It is empty, or filled with a copy of the event that the address names. */
export function CreateEvent() {
  const [{ from }] = useViewState(noCopy);
  return from === '' ? <NewEvent initial={emptyDraft()} /> : <CopiedEvent eventId={from} />;
}

function CopiedEvent({ eventId }: { eventId: string }) {
  const { client, words, signed } = useConsole();
  const { data, error } = useQuery({
    queryKey: ['copy', eventId],
    queryFn: async () => {
      const event = await client.admin.event.get.query({ eventId });
      return { name: event.name, ...cloneOf(event, Date.now() + signed.rules.aheadMs) };
    },
    staleTime: Infinity,
    gcTime: 0,
  });
  if (data === undefined) return error ? <TroubleNote error={error} /> : <Loading />;
  return <NewEvent initial={data.draft} about={words.forms.copiedFrom(data.name, data.weeks)} />;
}

function NewEvent({ initial, about }: { initial: Draft; about?: string }) {
  const { client, words } = useConsole();
  return (
    <EventForm
      title={words.events.create}
      about={about}
      initial={initial}
      event={null}
      send={(draft, { requestId, reason }) =>
        client.admin.event.create.mutate({ ...createInput(draft), requestId, ...(reason !== undefined && { reason }) })
      }
    />
  );
}

export function EditEvent({ eventId }: { eventId: string }) {
  const { client, words } = useConsole();
  // The event as it was when the form was opened. If another admin changes the event later, the server reports a
  // conflict.
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
  about?: string | undefined;
  initial: Draft;
  event: AdminEvent | null;
  send: (draft: Draft, extra: Extra, from: Draft) => Promise<AdminEvent>;
};

/**
 * A failed call, and the draft that it sent. A field that has changed since then no longer shows the server's problem.
 */
type Failed = { error: unknown; draft: Draft };

function EventForm({ title, about, initial, event, send }: FormProps) {
  const { client, words, announce, language } = useConsole();
  const queries = useQueryClient();
  const [from, setFrom] = useState(initial);
  const [draft, setDraft] = useState(initial);
  const [version, setVersion] = useState(event?.version);
  const [reason, setReason] = useState('');
  const [requestId] = useState(newRequestId);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<Failed | null>(null);
  const [newer, setNewer] = useState<AdminEvent | null>(null);
  /** Why the server requires the event's name before it makes the change. */
  const [asked, setAsked] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const { problems, shown, onLeave, showAll, attempts } = useProblems(draft, event === null ? null : from, failed);
  useLeaveGuard(!busy && changedFields(initial, draft).length > 0);
  useEffect(() => {
    if (attempts > 0) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [attempts]);

  const save = async (confirm?: string): Promise<void> => {
    setBusy(true);
    setFailed(null);
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
      setFailed({ error: failure, draft });
      showAll();
      if (troubleOf(failure).code === 'CONFLICT' && event !== null) {
        setNewer(await client.admin.event.get.query({ eventId: event.id }).catch(() => null));
      }
    }
  };
  const submit = (submitted: FormEvent): void => {
    submitted.preventDefault();
    if (Object.keys(problems).length > 0) return showAll();
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
    setFailed(null);
  };
  const own = event === null ? hashOf({ view: 'events' }) : hashOf({ view: 'event', eventId: event.id });
  return (
    <>
      <PageHead title={title} about={about} />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <form ref={form} onSubmit={submit} noValidate>
            <Stack>
              <EventFields
                draft={draft}
                onChange={(change) => setDraft((held) => ({ ...held, ...change }))}
                problem={(name) => shown[name]}
                onLeave={onLeave}
              />
              <Field
                label={words.common.reason}
                name="reason"
                value={reason}
                onValue={setReason}
                hint={words.common.reasonHint}
                error={shown['reason']}
              />
              <Warnings draft={draft} event={event} />
              {newer === null ? (
                <ToFix shown={attempts > 0 ? shown : {}} form={form} failed={failed} />
              ) : (
                <Conflict from={from} theirs={draftOf(newer)} onTake={takeNewer} />
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
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <div className="beside-form">
            <PagePreview draft={draft} />
          </div>
        </Grid.Col>
      </Grid>
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

/**
 * Returns all problems of a form, and the ones to show now: those of fields that the reader has left and, after an
 * attempt to save, all of them. A problem that the server reported disappears when its field changes.
 */
function useProblems(draft: Draft, held: Draft | null, failed: Failed | null) {
  const { words, language } = useConsole();
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [attempts, setAttempts] = useState(0);
  const problems = problemsOf(draft, held, words);
  const refused = (failed === null ? [] : troubleOf(failed.error).issues)
    .filter(({ path: [name] }) => !isMended(String(name), draft, failed?.draft))
    .map((issue): [string, string] => [fieldOf(issue.path), issueText(words, language, issue)]);
  const isShown = (name: string): boolean => attempts > 0 || left.has(name);
  const shown: Partial<Record<string, string>> = {
    ...Object.fromEntries(refused),
    ...Object.fromEntries(Object.entries(problems).filter(([name]) => isShown(name))),
  };
  return {
    ...{ problems, shown, attempts },
    onLeave: (name: string) =>
      setLeft((before) => (draftText(draft, name) === '' ? before : new Set([...before, name]))),
    showAll: () => setAttempts((count) => count + 1),
  };
}

const draftText = (draft: Draft, name: string): unknown => draft[name as keyof Draft];

/** In the form, each entry of a theme is a separate field. */
const fieldOf = ([name, entry]: readonly (string | number)[]): string =>
  name === 'theme' && entry !== undefined ? `theme.${entry}` : String(name);

const times = ['opensAt', 'closesAt', 'validUntil', 'timeZone'] as const;

/**
 * Whether a field has changed since the server refused it. The times and their zone count as one field, because they
 * are checked together.
 */
function isMended(name: string, draft: Draft, sent: Draft | undefined): boolean {
  if (sent === undefined) return false;
  if (times.some((time) => time === name)) return times.some((time) => draft[time] !== sent[time]);
  return draftText(draft, name) !== draftText(sent, name);
}

type ToFixProps = {
  shown: Partial<Record<string, string>>;
  form: { current: HTMLFormElement | null };
  failed: Failed | null;
};

/**
 * Says why the form can't be saved: links to each field with a problem or, if the call failed for another reason, that
 * reason.
 */
function ToFix({ shown, form, failed }: ToFixProps) {
  const { words } = useConsole();
  const named = Object.entries(shown);
  if (named.length === 0) {
    const isMendedNow = failed !== null && troubleOf(failed.error).issues.length > 0;
    return isMendedNow ? null : <TroubleNote error={failed?.error ?? null} />;
  }
  const labels: Partial<Record<string, string>> = { ...words.forms.fields, reason: words.common.reason };
  const themeLabels: Partial<Record<string, unknown>> = words.forms.theme;
  const labelOf = (name: string): string => {
    const ofTheme = themeLabels[name.replace('theme.', '')];
    return labels[name] ?? (typeof ofTheme === 'string' ? ofTheme : name);
  };
  return (
    <Notice kind="trouble" title={words.forms.toFix(named.length)} data-shows="to-fix">
      <List size="sm">
        {named.map(([name, text]) => (
          <List.Item key={name}>
            <Anchor
              component="button"
              c="inherit"
              type="button"
              size="sm"
              onClick={() => form.current?.querySelector<HTMLElement>(`[name="${name}"]`)?.focus()}
            >
              {labelOf(name)}
            </Anchor>
            : {text}
          </List.Item>
        ))}
      </List>
    </Notice>
  );
}

/** The changes that another admin has made since the form was opened. */
function Conflict({ from, theirs, onTake }: { from: Draft; theirs: Draft; onTake: () => void }) {
  const { words } = useConsole();
  return (
    <Notice kind="trouble" title={words.forms.conflict}>
      <List>
        {changedFields(from, theirs).map((name) => (
          <List.Item key={name} className="lines">
            {words.forms.fields[name]}: {String(from[name])} → {String(theirs[name])}
          </List.Item>
        ))}
      </List>
      <Button variant="default" mt="sm" onClick={onTake}>
        {words.forms.takeNewer}
      </Button>
    </Notice>
  );
}
