import { Group, Paper, Progress, SimpleGrid, Stack, Text } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import { formatElapsed } from '../parts/elapsed.ts';
import { useConsole } from '../shell/console-context.ts';
import type { AdminEvent } from '../shell/session.ts';
import { peakPerSecond, refusedIn, type Sale } from './use-sale.ts';

/** The figures that marketing watches: how many coupons are left, and how the sale has gone so far. */
export function Headline({ event, sale }: { event: AdminEvent; sale: Sale }) {
  const { words, language } = useConsole();
  const number = new Intl.NumberFormat(language);
  const { stock, issued } = sale;
  const remaining = Math.max(0, stock - issued);
  const share = stock === 0 ? 0 : (issued / stock) * 100;
  const peak = peakPerSecond(sale);
  const hasBegun = event.phase !== 'scheduled' || sale.firstClaimedAt !== null || refusedIn(sale) > 0;
  const soldAfterMs = sale.soldOutAt === null ? null : Date.parse(sale.soldOutAt) - Date.parse(sale.opensAt);
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  return (
    <Paper withBorder p="lg" component="section" aria-label={words.sale.live} className="headline">
      <Stack gap="md">
        <Group justify="space-between" align="flex-end" gap="md">
          <div>
            <Text c="dimmed" fw={600}>
              {words.sale.remaining}
            </Text>
            <p className="big-number">
              <span data-live="remaining">{number.format(remaining)}</span>
              <Text span c="dimmed" size="lg" fw={400}>
                {' '}
                {words.sale.ofStock(number.format(stock))}
              </Text>
            </p>
          </div>
          <Text c="dimmed" ta="right" className="standing">
            <Standing event={event} sale={sale} />
          </Text>
        </Group>
        <div>
          <Progress
            value={share}
            size="xl"
            aria-label={words.sale.issued}
            color={remaining === 0 ? 'grape' : 'indigo'}
            transitionDuration={200}
            data-live="bar"
          />
          <Text size="sm" mt={6}>
            <span data-live="issued">{words.events.issuedOf(number.format(issued), number.format(stock))}</span>{' '}
            <Text span c="dimmed" size="sm">
              ({percent.format(share / 100)})
            </Text>
          </Text>
        </div>
        {hasBegun ? (
          <SimpleGrid cols={{ base: 2, sm: 4 }} className="figures">
            <Figure name="peak" label={words.sale.peak} about={peakAbout()}>
              {peak === null ? null : words.sale.perSecond(number.format(peak))}
            </Figure>
            {sale.openingError === null ? null : (
              <Figure name="first" label={words.sale.firstClaim} about={words.sale.sinceOpening}>
                {`+${formatElapsed(language, sale.openingError * 1_000)}`}
              </Figure>
            )}
            <Figure name="sellout" label={words.sale.sellout}>
              {soldAfterMs === null ? null : formatElapsed(language, soldAfterMs)}
            </Figure>
            <Figure name="refused" label={words.sale.refusedCalls}>
              {number.format(refusedIn(sale))}
            </Figure>
          </SimpleGrid>
        ) : null}
      </Stack>
    </Paper>
  );

  function peakAbout(): string | undefined {
    if (sale.peak === null) return undefined;
    return words.sale.within(number.format(sale.peak.claims), formatElapsed(language, sale.peak.width * 1_000));
  }
}

type FigureProps = { name: string; label: string; about?: string | undefined; children: ReactNode };

/** A figure with its label. While the figure is unknown, a dash takes its place. */
export function Figure({ name, label, about, children }: FigureProps) {
  return (
    <div data-figure={name}>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text fw={600} size="lg">
        {children ?? '–'}
      </Text>
      {about === undefined ? null : (
        <Text size="xs" c="dimmed">
          {about}
        </Text>
      )}
    </div>
  );
}

/** The sale's state in a few words, such as when it opens or how long it has been open. */
function Standing({ event, sale }: { event: AdminEvent; sale: Sale }) {
  const { words, language, signed } = useConsole();
  const [nowMs, setNowMs] = useState(() => Date.now() + signed.rules.aheadMs);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now() + signed.rules.aheadMs), 1_000);
    return () => clearInterval(timer);
  }, [signed]);
  const since = (at: string): string => formatElapsed(language, wholeSeconds(nowMs - Date.parse(at)));
  switch (event.phase) {
    case 'scheduled':
      return Date.parse(sale.opensAt) > nowMs ? words.sale.opensIn(since(sale.opensAt)) : words.sale.opensNow;
    case 'open':
      return words.sale.openSince(since(sale.opensAt));
    case 'paused':
      return words.sale.pausedNow;
    case 'sold_out':
      return words.sale.soldOutSince(since(sale.soldOutAt ?? sale.serverTime));
    case 'closed':
      return sale.closedAt === null ? '' : words.sale.closedSince(since(sale.closedAt));
  }
}

const wholeSeconds = (ms: number): number => Math.round(ms / 1_000) * 1_000;
