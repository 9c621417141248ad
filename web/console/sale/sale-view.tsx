import { Accordion, Button, Group, List, Paper, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { FieldName } from '../../../core/events/event-fields.ts';
import { formatMoney } from '../../shared/formats.ts';
import type { Language } from '../../shared/language.ts';
import { ActionDialog, type ActionName } from '../events/action-dialog.tsx';
import { useConsole } from '../shell/console-context.ts';
import { addTotals, type LiveSample, type Totals } from './live-samples.ts';
import type { ConsoleMessages } from '../messages/en.ts';
import { Facts } from '../parts/facts.tsx';
import { Loading } from '../parts/loading.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { PhaseBadge } from '../parts/phase-badge.tsx';
import { useServerText } from '../parts/server-text.ts';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { When } from '../parts/when.tsx';
import { hashOf } from '../shell/route.ts';
import { Plot } from './plot.tsx';
import { mayDo, type AdminEvent, type Outputs } from '../shell/session.ts';

/** The interval between refreshes. A hidden page does not refresh. */
const lookEveryMs = 1_500;
type Row = readonly [string, ReactNode];

/** Texts that have their own card. */
const texts = ['description', 'terms'] as const;

/** The rows for each field of an event. A field has no row if it is empty or shown elsewhere. */
function infoRows(
  event: AdminEvent,
  { forms: { fields } }: ConsoleMessages,
  language: Language,
): Record<FieldName, Row[]> {
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
export function SaleView({ eventId }: { eventId: string }) {
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
  if (event === undefined) return error ? <TroubleNote error={error} /> : <Loading />;
  const number = new Intl.NumberFormat(language);
  const shown = infoRows(event, words, language);
  const timesMs = samples.map(({ atMs }) => atMs);
  const seconds = (value: number | null | undefined): string | null =>
    value === null || value === undefined ? null : `${number.format(Math.round(value * 1_000) / 1_000)} s`;
  const since = (at: string | null, from: string): number | null =>
    at === null ? null : (Date.parse(at) - Date.parse(from)) / 1_000;
  const lag = event.outboxSince === null ? 0 : since(event.serverTime, event.outboxSince);
  return (
    <Stack>
      <PageHead
        title={event.name}
        mark={<PhaseBadge phase={event.phase} />}
        back={{ href: hashOf({ view: 'events' }), label: words.shell.nav.events }}
      />
      <TroubleNote error={error} />
      {event.gateLost === true ? (
        <Notice kind="trouble" data-shows="gate-lost">
          {words.events.gateLostAbout}
        </Notice>
      ) : null}
      <Actions event={event} />
      {event.readiness === null ? null : <Readiness readiness={event.readiness} />}
      <Facts
        rows={[
          [words.events.opens, <When key="opens" at={event.opensAt} />],
          [words.forms.fields.closesAt, event.closesAt === null ? null : <When key="closes" at={event.closesAt} />],
          ...shown.timeZone,
          ...shown.amount,
          [words.forms.fields.strategy, event.strategy],
          [words.common.round, number.format(event.round)],
          ...shown.validUntilMs,
          ...shown.useUrl,
          ...shown.imageUrl,
          ...shown.imageAlt,
          ...shown.theme,
        ]}
      />
      {texts.map((name) =>
        event[name] === null || event[name] === '' ? null : (
          <Paper key={name} withBorder p="md" className="lines" data-shows={name}>
            {event[name]}
          </Paper>
        ),
      )}
      <Stack component="section" aria-label={words.sale.live}>
        <Title order={2}>{words.sale.live}</Title>
        <Facts
          rows={[
            [
              words.sale.remaining,
              <b key="remaining" data-live="remaining">
                {number.format(event.remaining)}
              </b>,
            ],
            [
              words.sale.issued,
              <span key="issued" data-live="issued">
                {words.events.issuedOf(number.format(event.issued), number.format(event.stock))}
              </span>,
            ],
            [words.sale.persisted, number.format(event.persisted)],
            [words.sale.outbox, event.outbox === null ? words.common.unknown : number.format(event.outbox)],
            [words.sale.lag, seconds(lag)],
            [words.sale.openingError, seconds(figures?.openingError ?? since(event.firstClaimedAt, event.opensAt))],
            [words.sale.sellout, seconds(since(event.soldOutAt, event.opensAt))],
          ]}
        />
        <Plot
          title={words.sale.rates}
          timesMs={timesMs}
          series={[
            { name: words.sale.accepted, line: 'line-1', values: samples.map(({ accepted }) => accepted) },
            { name: words.sale.refused, line: 'line-2', values: samples.map(({ refused }) => refused) },
          ]}
        />
        <Plot
          title={words.sale.outbox}
          timesMs={timesMs}
          series={[{ name: words.sale.outbox, line: 'line-1', values: samples.map(({ outbox }) => outbox ?? 0) }]}
        />
        {figures ? <StoredClaims figures={figures} /> : null}
      </Stack>
    </Stack>
  );
}

function StoredClaims({ figures: { claimsOverTime } }: { figures: Figures }) {
  const { words } = useConsole();
  const { from, width, counts } = claimsOverTime;
  const fromMs = Date.parse(from);
  return (
    <Plot
      title={words.sale.overTime(width)}
      timesMs={counts.map((_, at) => fromMs + at * width * 1_000)}
      series={[{ name: words.sale.accepted, line: 'line-1', values: counts }]}
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
  const serverText = useServerText();
  return (
    // Collapsed while everything is fine, so that the live figures stay near the top.
    <Accordion
      key={String(readiness.armed)}
      variant="contained"
      defaultValue={readiness.armed ? null : 'checks'}
      data-armed={readiness.armed}
    >
      <Accordion.Item value="checks">
        <Accordion.Control>
          {words.sale.readiness}: {readiness.armed ? words.sale.armed : words.sale.notArmed}
        </Accordion.Control>
        <Accordion.Panel>
          <List className="checks" listStyleType="none">
            {readiness.checks.map(({ name, state, detail, action, detailReasons, actionReason }) => (
              <List.Item key={name} data-state={state}>
                <Text span fw={600} {...(state === 'problem' && { c: 'var(--mantine-color-error)' })}>
                  {words.common.states[state]}
                </Text>{' '}
                {words.operations.checks[name]}: {serverText(detail, detailReasons)}
                {action === null ? '' : ` → ${serverText(action, [actionReason])}`}
              </List.Item>
            ))}
          </List>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}

function Actions({ event }: { event: AdminEvent }) {
  const { words, signed } = useConsole();
  const [action, setAction] = useState<ActionName | null>(null);
  const [opened, setOpened] = useState(false);
  /** How often a dialog was opened. Each opening begins with empty fields. */
  const [openings, setOpenings] = useState(0);
  const row = useRef<HTMLDivElement>(null);
  /** The button that opened the dialog, until the focus is settled. */
  const opener = useRef<HTMLElement>(null);
  useEffect(() => {
    if (opened || opener.current === null || opener.current.isConnected) return;
    // The button that started the action is gone, as "Pause" is after a pause. Move the keyboard focus to the buttons
    // that replaced it.
    opener.current = null;
    const { activeElement } = document;
    const isFree = activeElement === null || activeElement === document.body;
    if (isFree || activeElement.closest('[role=dialog]')) row.current?.querySelector<HTMLElement>('button, a')?.focus();
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
        <Notice kind="caution" data-shows="approval">
          {words.events.waitsForApproval(event.approvalAskedBy ?? words.common.unknown)}
        </Notice>
      ) : null}
      <Group gap="xs" ref={row} className="actions">
        {shown.map(([name, may]) =>
          may ? (
            <Button
              key={name}
              variant={name === 'approve' ? 'filled' : 'default'}
              data-do={name}
              onClick={({ currentTarget }) => {
                opener.current = currentTarget;
                setAction(name);
                setOpenings(openings + 1);
                setOpened(true);
              }}
            >
              {words.events.actions[name]}
            </Button>
          ) : null,
        )}
        {mayDo(signed.role, 'operator') ? (
          <>
            <Button component="a" variant="subtle" href={hashOf({ view: 'edit', eventId: event.id })}>
              {words.events.edit}
            </Button>
            <Button component="a" variant="subtle" href={hashOf({ view: 'reconcile', eventId: event.id })}>
              {words.operations.reconcile}
            </Button>
          </>
        ) : null}
        <Button component="a" variant="subtle" href={hashOf({ view: 'claims', eventId: event.id })}>
          {words.people.claims}
        </Button>
        <Button component="a" variant="subtle" href={`/e/${event.id}`}>
          {words.events.publicPage}
        </Button>
      </Group>
      {action === null ? null : (
        <ActionDialog key={openings} action={action} event={event} opened={opened} onClose={() => setOpened(false)} />
      )}
    </>
  );
}
