import { Accordion, List, Stack } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { formatElapsed } from '../parts/elapsed.ts';
import { Facts } from '../parts/facts.tsx';
import { Plot } from '../parts/plot.tsx';
import { useConsole } from '../shell/console-context.ts';
import type { AdminEvent } from '../shell/session.ts';
import { addTotals, type LiveSample, type Totals } from './live-samples.ts';
import { refusedIn, undecidedIn, type Sale } from './use-sale.ts';

/**
 * The figures that operators watch: the strategy, the outbox, and anything that may delay storing claims in MySQL.
 * Collapsed at first.
 */
export function ForOperators({ event, sale }: { event: AdminEvent; sale: Sale | null }) {
  const { words, language } = useConsole();
  // Samples are taken even while the section is collapsed, so that its plots already have data when it is opened.
  const samples = useSamples(event, sale);
  const number = new Intl.NumberFormat(language);
  const timesMs = samples.map(({ atMs }) => atMs);
  const lagMs = event.outboxSince === null ? 0 : Date.parse(event.serverTime) - Date.parse(event.outboxSince);
  const errorMs = sale?.openingError == null ? null : sale.openingError * 1_000;
  return (
    <Accordion variant="contained" data-section="operators">
      <Accordion.Item value="operators">
        <Accordion.Control>{words.sale.forOperators}</Accordion.Control>
        <Accordion.Panel>
          <Stack>
            <Facts
              rows={[
                [words.forms.fields.strategy, event.strategy],
                [words.sale.gate, words.sale.gates[gateOf(event)]],
                [words.sale.persisted, number.format(event.persisted)],
                [words.sale.outbox, event.outbox === null ? words.common.unknown : number.format(event.outbox)],
                [words.sale.lag, formatElapsed(language, lagMs)],
                ...(errorMs === null ? [] : [[words.sale.openingError, formatElapsed(language, errorMs)] as const]),
                [words.sale.undecided, sale === null ? null : number.format(undecidedIn(sale))],
              ]}
            />
            {language === 'en' && event.readiness !== null ? (
              <List size="sm" listStyleType="none" className="check-details">
                {event.readiness.checks.map(({ name, detail, action }) => (
                  <List.Item key={name}>{`${name}: ${detail}${action === null ? '' : ` → ${action}`}`}</List.Item>
                ))}
              </List>
            ) : null}
            <Plot
              name="calls"
              title={words.sale.rates}
              timesMs={timesMs}
              series={[
                { name: words.sale.accepted, line: 'line-1', values: samples.map(({ accepted }) => accepted) },
                { name: words.sale.refused, line: 'line-2', values: samples.map(({ refused }) => refused) },
              ]}
            />
            <Plot
              name="outbox"
              title={words.sale.outbox}
              timesMs={timesMs}
              series={[{ name: words.sale.outbox, line: 'line-1', values: samples.map(({ outbox }) => outbox ?? 0) }]}
            />
          </Stack>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}

function gateOf({ gateLost, seeded }: AdminEvent): 'ready' | 'lost' | 'none' | 'unknown' {
  if (gateLost === null) return 'unknown';
  if (gateLost) return 'lost';
  return seeded ? 'ready' : 'none';
}

function useSamples(event: AdminEvent, sale: Sale | null): LiveSample[] {
  const [samples, setSamples] = useState<LiveSample[]>([]);
  const before = useRef<Totals | null>(null);
  useEffect(() => {
    const refused = sale === null ? null : refusedIn(sale);
    const now = { atMs: Date.parse(event.serverTime), issued: event.issued, refused, outbox: event.outbox };
    const last = before.current;
    before.current = now;
    setSamples((held) => addTotals(held, last, now));
    // `event` is a new object after each refresh, so each refresh adds a sample.
  }, [event]);
  return samples;
}
