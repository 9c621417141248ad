import { Paper, SegmentedControl, Text, Title } from '@mantine/core';
import { formatElapsed } from '../parts/elapsed.ts';
import { Plot, type Mark } from '../parts/plot.tsx';
import { useConsole } from '../shell/console-context.ts';
import { useViewState } from '../shell/route.ts';
import type { Sale } from './use-sale.ts';

/** Plots how fast the coupons went, by the server's clock, with the opening and the pauses. */
export function SpeedPlot({ sale }: { sale: Sale }) {
  const { words, language } = useConsole();
  const [{ span }, change] = useViewState({ span: 'whole' });
  const { start, whole } = sale;
  if (start === null || whole === null) {
    return (
      <Paper withBorder p="md" h="100%" data-plot="none">
        <Title order={2} size="h4">
          {words.sale.speed}
        </Title>
        <Text c="dimmed">{words.sale.noClaims}</Text>
      </Paper>
    );
  }
  const hasStart = whole.width > start.width;
  const { from, width, counts } = hasStart && span === 'start' ? start : whole;
  const fromMs = Date.parse(from);
  const opensAtMs = Date.parse(sale.opensAt);
  // If the first claim came more than a minute after the opening, times count from the start of the plot.
  const originMs = fromMs - opensAtMs > 60_000 ? fromMs : opensAtMs;
  const step = formatElapsed(language, width * 1_000);
  return (
    <Plot
      name="speed"
      title={words.sale.speed}
      timesMs={counts.map((_, at) => fromMs + at * width * 1_000)}
      widthMs={width * 1_000}
      originMs={originMs}
      series={[{ name: words.sale.perSecondIn(step), line: 'line-1', values: counts.map((count) => count / width) }]}
      marks={marksOf(sale, { opened: words.sale.opened, paused: words.sale.paused })}
      controls={
        hasStart ? (
          <SegmentedControl
            size="xs"
            className="no-print"
            aria-label={words.sale.speed}
            value={span === 'start' ? 'start' : 'whole'}
            onChange={(chosen) => change({ span: chosen })}
            data={[
              { value: 'whole', label: words.sale.wholeSale },
              {
                value: 'start',
                label: words.sale.firstOf(formatElapsed(language, start.counts.length * start.width * 1_000)),
              },
            ]}
          />
        ) : null
      }
    />
  );
}

function marksOf({ opensAt, pauses }: Sale, labels: { opened: string; paused: string }): Mark[] {
  return [
    { kind: 'opening', label: labels.opened, atMs: Date.parse(opensAt) },
    ...pauses.map(({ from, to }): Mark => ({
      ...{ kind: 'pause', label: labels.paused, atMs: Date.parse(from) },
      toMs: to === null ? null : Date.parse(to),
    })),
  ];
}
