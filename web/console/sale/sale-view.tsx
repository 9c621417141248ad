import { Grid, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { FieldName } from '../../../core/events/event-fields.ts';
import { formatMoney } from '../../shared/formats.ts';
import type { Language } from '../../shared/language.ts';
import type { ConsoleMessages } from '../messages/en.ts';
import { Facts } from '../parts/facts.tsx';
import { Loading } from '../parts/loading.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { PhaseBadge } from '../parts/phase-badge.tsx';
import { themeInWords } from '../parts/theme-in-words.ts';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { When } from '../parts/when.tsx';
import { useConsole } from '../shell/console-context.ts';
import { hashOf } from '../shell/route.ts';
import type { AdminEvent } from '../shell/session.ts';
import { Actions } from './actions.tsx';
import { ForOperators } from './for-operators.tsx';
import { Headline } from './headline.tsx';
import { Milestones } from './milestones.tsx';
import { Readiness } from './readiness.tsx';
import { SpeedPlot } from './speed-plot.tsx';
import { useSale } from './use-sale.ts';

/** The interval between refreshes of the event. A hidden page does not refresh. */
const lookEveryMs = 1_500;

/** One event, live: how its sale is going, then what it sells, then the figures for operators. */
export function SaleView({ eventId }: { eventId: string }) {
  const { client, words } = useConsole();
  const { data: event, error } = useQuery({
    queryKey: ['event', eventId],
    queryFn: ({ signal }) => client.admin.event.get.query({ eventId }, { signal }),
    refetchInterval: lookEveryMs,
  });
  const { data: sale, error: saleError } = useSale(eventId);
  if (event === undefined) return error ? <TroubleNote error={error} /> : <Loading />;
  return (
    <Stack>
      <PageHead
        title={event.name}
        mark={<PhaseBadge phase={event.phase} />}
        back={{ href: hashOf({ view: 'events' }), label: words.shell.nav.events }}
      />
      <TroubleNote error={error ?? saleError} />
      {event.gateLost === true ? (
        <Notice kind="trouble" data-shows="gate-lost">
          {words.events.gateLostAbout}
        </Notice>
      ) : null}
      <Actions event={event} />
      {sale === undefined ? (
        <Skeleton h={220} data-loading="" />
      ) : (
        <>
          <Headline event={event} sale={sale} />
          <Grid>
            <Grid.Col span={{ base: 12, md: 8 }}>
              <SpeedPlot sale={sale} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 4 }}>
              <Milestones sale={sale} />
            </Grid.Col>
          </Grid>
        </>
      )}
      {showsReadiness(event) ? <Readiness readiness={event.readiness} /> : null}
      <About event={event} />
      <ForOperators event={event} sale={sale ?? null} />
    </Stack>
  );
}

/**
 * Readiness does not matter for a closed event. For a sold-out event it matters only if somebody adds coupons, so it is
 * shown only if there is a problem.
 */
const showsReadiness = (event: AdminEvent): event is AdminEvent & { readiness: NonNullable<AdminEvent['readiness']> } =>
  event.readiness !== null && event.phase !== 'closed' && !(event.phase === 'sold_out' && event.readiness.armed);

/** Shows what the event sells, in the words of the event's page. */
function About({ event }: { event: AdminEvent }) {
  const { words, language } = useConsole();
  const shown = infoRows(event, words, language);
  return (
    <Paper withBorder p="md" component="section" aria-label={words.sale.about}>
      <Title order={2} size="h4" mb="sm">
        {words.sale.about}
      </Title>
      <Facts
        rows={[
          [words.events.opens, <When key="opens" at={event.opensAt} />],
          [words.forms.fields.closesAt, event.closesAt === null ? null : <When key="closes" at={event.closesAt} />],
          ...shown.timeZone,
          ...shown.amount,
          [words.common.round, String(event.round)],
          ...shown.validUntilMs,
          ...shown.useUrl,
          ...shown.imageUrl,
          ...shown.imageAlt,
          ...shown.theme,
        ]}
      />
      {texts.map((name) =>
        event[name] === null || event[name] === '' ? null : (
          <section key={name} aria-label={words.forms.fields[name]}>
            <Text size="sm" c="dimmed" mt="md" mb={4}>
              {words.forms.fields[name]}
            </Text>
            <Paper withBorder p="md" className="lines" data-shows={name}>
              {event[name]}
            </Paper>
          </section>
        ),
      )}
    </Paper>
  );
}

type Row = readonly [string, ReactNode];

/** Texts that are shown in cards of their own. */
const texts = ['description', 'terms'] as const;

/** Returns rows for each field of an event; none if the field is empty or shown elsewhere. */
function infoRows(event: AdminEvent, words: ConsoleMessages, language: Language): Record<FieldName, Row[]> {
  const { fields } = words.forms;
  const { amount, currency, timeZone, imageUrl, imageAlt, useUrl, validUntil, theme } = event;
  const { triesMax, triesWindowMs, line, lineOpensAt, admitPerSecond, admitPercent } = event;
  return {
    // These are shown elsewhere: in the title, in the cards below, with each amount, or in the list of events.
    ...{ name: [], description: [], terms: [], currency: [], listed: [] },
    timeZone: [[fields.timeZone, timeZone]],
    amount: [[fields.amount, formatMoney(language, amount, currency)]],
    imageUrl: imageUrl === null ? [] : [[fields.imageUrl, imageUrl]],
    imageAlt: imageAlt === null ? [] : [[fields.imageAlt, imageAlt]],
    useUrl: useUrl === null ? [] : [[fields.useUrl, useUrl]],
    theme: theme === null ? [] : [[fields.theme, themeInWords(words, theme)]],
    line: line === 'off' ? [] : [[fields.line, line]],
    lineOpensAtMs: lineOpensAt === null ? [] : [[fields.lineOpensAt, <When key="line" at={lineOpensAt} />]],
    admitPerSecond: admitPerSecond === null ? [] : [[fields.admitPerSecond, admitPerSecond]],
    admitPercent: admitPercent === null ? [] : [[fields.admitPercent, admitPercent]],
    triesMax: triesMax === null ? [] : [[fields.triesMax, triesMax]],
    triesWindowMs: triesWindowMs === null ? [] : [[fields.triesWindowMs, triesWindowMs]],
    validUntilMs: validUntil === null ? [] : [[fields.validUntil, <When key="until" at={validUntil} />]],
  };
}
