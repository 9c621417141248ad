import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { FieldName } from '../../core/events/event-fields.ts';
import { formatMoney } from '../shared/formats.ts';
import type { Language } from '../shared/language.ts';
import { ActionDialog, type ActionName } from './action-dialog.tsx';
import { useConsole } from './console-context.ts';
import { addTotals, type LiveSample, type Totals } from './live-samples.ts';
import type { ConsoleMessages } from './messages/en.ts';
import { Facts, TroubleNote, When } from './parts.tsx';
import { Plot } from './plot.tsx';
import { mayDo, type AdminEvent, type Outputs } from './session.ts';

/** The interval between refreshes. A hidden page does not refresh. */
const lookEveryMs = 1_500;
type Row = readonly [string, ReactNode];

/** Texts that have their own card. */
const texts = ['description', 'terms'] as const;

/** The rows for each field of an event. A field has no row if it is empty or shown elsewhere. */
function infoRows(event: AdminEvent, { fields }: ConsoleMessages, language: Language): Record<FieldName, Row[]> {
  const { amount, currency, timeZone, imageUrl, imageAlt, useUrl, validUntil, theme } = event;
  const { triesMax, triesWindowMs } = event;
  return {
    // Shown elsewhere: in the title, in the cards below, in every amount, or in the list of events.
    ...{ name: [], description: [], terms: [], currency: [], listed: [] },
    timeZone: [[fields.timeZone, timeZone]],
    amount: [[fields.amount, formatMoney(language, amount, currency)]],
    imageUrl: imageUrl === null ? [] : [[fields.imageUrl, imageUrl]],
    imageAlt: imageAlt === null ? [] : [[fields.imageAlt, imageAlt]],
    useUrl: useUrl === null ? [] : [[fields.useUrl, useUrl]],
    theme: theme === null ? [] : [[fields.theme, JSON.stringify(theme)]],
    triesMax: triesMax === null ? [] : [[fields.triesMax, triesMax]],
    triesWindowMs: triesWindowMs === null ? [] : [[fields.triesWindowMs, triesWindowMs]],
    validUntilMs: validUntil === null ? [] : [[fields.validUntil, <When key="until" at={validUntil} />]],
  };
}

const refusals = new Set<string>(['sold_out', 'not_open', 'paused', 'closed']);

type Figures = Outputs['admin']['metrics']['export']['rounds'][number];

/** One live event: its sale, its readiness, and the actions on it. */
export function EventView({ eventId }: { eventId: string }) {
  const { client, words, language } = useConsole();
  const { data: event, error } = useQuery({
    queryKey: ['event', eventId],
    queryFn: ({ signal }) => client.admin.event.get.query({ eventId }, { signal }),
    refetchInterval: lookEveryMs,
  });
  const { data: figures } = useQuery({
    queryKey: ['figures', eventId],
    queryFn: async ({ signal }) => (await client.admin.metrics.export.query({ eventId }, { signal })).rounds[0] ?? null,
    refetchInterval: 2 * lookEveryMs,
  });
  const samples = useSamples(event, figures ?? null);
  if (event === undefined) return error ? <TroubleNote error={error} /> : <p role="status">{words.loading}</p>;
  const number = new Intl.NumberFormat(language);
  const shown = infoRows(event, words, language);
  const timesMs = samples.map(({ atMs }) => atMs);
  const seconds = (value: number | null | undefined): string | null =>
    value === null || value === undefined ? null : `${number.format(Math.round(value * 1_000) / 1_000)} s`;
  const since = (at: string | null, from: string): number | null =>
    at === null ? null : (Date.parse(at) - Date.parse(from)) / 1_000;
  const lag = event.outboxSince === null ? 0 : since(event.serverTime, event.outboxSince);
  return (
    <>
      <h1>
        {event.name}{' '}
        <span className={`phase phase-${event.phase}`} data-phase={event.phase}>
          {words.phases[event.phase]}
        </span>
      </h1>
      {error ? <TroubleNote error={error} /> : null}
      {event.gateLost === true ? (
        <p role="alert" className="card trouble" data-shows="gate-lost">
          {words.gateLostAbout}
        </p>
      ) : null}
      <Actions event={event} />
      {event.readiness === null ? null : <Readiness readiness={event.readiness} />}
      <Facts
        rows={[
          [words.opens, <When key="opens" at={event.opensAt} />],
          [words.fields.closesAt, event.closesAt === null ? null : <When key="closes" at={event.closesAt} />],
          ...shown.timeZone,
          ...shown.amount,
          [words.fields.strategy, event.strategy],
          [words.round, number.format(event.round)],
          ...shown.validUntilMs,
          ...shown.useUrl,
          ...shown.imageUrl,
          ...shown.imageAlt,
          ...shown.theme,
        ]}
      />
      {texts.map((name) =>
        event[name] === null || event[name] === '' ? null : (
          <p key={name} className="card lines" data-shows={name}>
            {event[name]}
          </p>
        ),
      )}
      <section aria-label={words.live} className="live">
        <h2>{words.live}</h2>
        <Facts
          rows={[
            [
              words.remaining,
              <b key="remaining" data-live="remaining">
                {number.format(event.remaining)}
              </b>,
            ],
            [
              words.issued,
              <span key="issued" data-live="issued">
                {words.issuedOf(number.format(event.issued), number.format(event.stock))}
              </span>,
            ],
            [words.persisted, number.format(event.persisted)],
            [words.outbox, event.outbox === null ? words.unknown : number.format(event.outbox)],
            [words.lag, seconds(lag)],
            [words.openingError, seconds(figures?.openingError ?? since(event.firstClaimedAt, event.opensAt))],
            [words.sellout, seconds(since(event.soldOutAt, event.opensAt))],
          ]}
        />
        <Plot
          title={words.rates}
          timesMs={timesMs}
          series={[
            { name: words.accepted, line: 'line-1', values: samples.map(({ accepted }) => accepted) },
            { name: words.refused, line: 'line-2', values: samples.map(({ refused }) => refused) },
          ]}
        />
        <Plot
          title={words.outbox}
          timesMs={timesMs}
          series={[{ name: words.outbox, line: 'line-1', values: samples.map(({ outbox }) => outbox ?? 0) }]}
        />
        {figures ? <StoredClaims figures={figures} /> : null}
      </section>
    </>
  );
}

function StoredClaims({ figures: { claimsOverTime } }: { figures: Figures }) {
  const { words } = useConsole();
  const { from, width, counts } = claimsOverTime;
  const fromMs = Date.parse(from);
  return (
    <Plot
      title={words.overTime(width)}
      timesMs={counts.map((_, at) => fromMs + at * width * 1_000)}
      series={[{ name: words.accepted, line: 'line-1', values: counts }]}
    />
  );
}

function useSamples(event: AdminEvent | undefined, figures: Figures | null): LiveSample[] {
  const [samples, setSamples] = useState<LiveSample[]>([]);
  const before = useRef<Totals | null>(null);
  useEffect(() => {
    if (event === undefined) return;
    const refused =
      figures?.answers.reduce((sum, { outcome, count }) => (refusals.has(outcome) ? sum + count : sum), 0) ?? null;
    const now = { atMs: Date.parse(event.serverTime), issued: event.issued, refused, outbox: event.outbox };
    const last = before.current;
    before.current = now;
    setSamples((held) => addTotals(held, last, now));
    // Adds a sample of the current figures at each refresh.
  }, [event]);
  return samples;
}

function Readiness({ readiness }: { readiness: NonNullable<AdminEvent['readiness']> }) {
  const { words } = useConsole();
  return (
    // Collapsed while everything is fine, so that the live figures stay near the top.
    <details className="card" open={!readiness.armed} data-armed={readiness.armed}>
      <summary>
        <b>
          {words.readiness}: {readiness.armed ? words.armed : words.notArmed}
        </b>
      </summary>
      <ul className="checks">
        {readiness.checks.map(({ name, state, detail, action }) => (
          <li key={name} data-state={state}>
            <b>{words.states[state]}</b>{' '}
            <span lang="en">{`${name}: ${detail}${action === null ? '' : ` → ${action}`}`}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Actions({ event }: { event: AdminEvent }) {
  const { words, signed } = useConsole();
  const [open, setOpen] = useState<ActionName | null>(null);
  const row = useRef<HTMLDivElement>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    // The button that started the action may be gone, as "Pause" is after a pause. Move the keyboard focus to the
    // buttons that replaced it.
    if (open === null && wasOpen.current && document.activeElement === document.body) {
      row.current?.querySelector<HTMLElement>('button, a')?.focus();
    }
    wasOpen.current = open !== null;
  });
  const over = event.phase === 'closed';
  const shown: [ActionName, boolean][] = [
    ['approve', mayDo(signed.role, 'admin') && event.needsApproval && event.approvalAskedBy !== signed.name],
    ['pause', mayDo(signed.role, 'operator') && !over && !event.paused],
    ['resume', mayDo(signed.role, 'operator') && !over && event.paused],
    ['topUp', mayDo(signed.role, 'operator') && !over],
    ['close', mayDo(signed.role, 'operator') && !over],
    ['reset', mayDo(signed.role, 'admin')],
  ];
  return (
    <>
      {event.needsApproval ? (
        <p className="card trouble" data-shows="approval">
          {words.waitsForApproval(event.approvalAskedBy ?? words.unknown)}
        </p>
      ) : null}
      <div className="actions" ref={row}>
        {shown.map(([action, may]) =>
          may ? (
            <button key={action} type="button" className="quiet" data-do={action} onClick={() => setOpen(action)}>
              {words.actions[action]}
            </button>
          ) : null,
        )}
        {mayDo(signed.role, 'operator') ? (
          <>
            <a href={`#/events/${event.id}/edit`}>{words.edit}</a>
            <a href={`#/events/${event.id}/reconcile`}>{words.reconcile}</a>
          </>
        ) : null}
        <a href={`#/events/${event.id}/claims`}>{words.claims}</a>
        <a href={`/e/${event.id}`}>{words.publicPage}</a>
      </div>
      {open === null ? null : <ActionDialog key={open} action={open} event={event} onDone={() => setOpen(null)} />}
    </>
  );
}
