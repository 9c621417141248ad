import { Group, Paper, Text, useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import UPlot from 'uplot';
import { useConsole } from '../shell/console-context.ts';

type Series = { name: string; line: 'line-1' | 'line-2'; values: readonly number[] };

type Props = {
  title: string;
  /** The time of each value, in ms since 1970. */
  timesMs: readonly number[];
  series: readonly Series[];
};

const heightPx = 170;

/** Draws lines over a shared time axis, from 0 up, with a text alternative for screen readers. */
export function Plot({ title, timesMs, series }: Props) {
  const { language, words } = useConsole();
  const scheme = useComputedColorScheme();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(null);
  /** The index of the value under the pointer. */
  const [pointed, setPointed] = useState<number | null>(null);
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const lines = series.map(({ name, line }) => `${line} ${name}`).join('\n');

  useEffect(() => {
    if (place.current === null) return;
    const drawn = new UPlot(
      {
        ...{ width: place.current.clientWidth || 600, height: heightPx, ms: 1e-3 },
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false } },
        hooks: { setCursor: [({ cursor }) => setPointed(cursor.idx ?? null)] },
        scales: {
          x: { range: ({ data: [times] }) => spanOf(times[0] ?? 0, times.at(-1) ?? 0) },
          y: { range: (_, _least, most) => [0, Math.max(1, most * 1.05)] },
        },
        axes: [
          { ...axis(timesIn(language)), space: 96, size: 32 },
          { ...axis((values) => values.map((y) => number.format(y))), size: 60 },
        ],
        series: [{}, ...lines.split('\n').map(lineOf)],
      },
      undefined,
      place.current,
    );
    plot.current = drawn;
    const resized = new ResizeObserver(([entry]) => {
      if (entry !== undefined) drawn.setSize({ width: entry.contentRect.width, height: heightPx });
    });
    resized.observe(place.current);
    return () => {
      resized.disconnect();
      drawn.destroy();
    };
  }, [language, lines, scheme]);

  useEffect(() => {
    plot.current?.setData([timesMs.map((ms) => ms / 1_000), ...series.map(({ values }) => [...values])]);
  });

  const told = series.map(({ name, values }) => {
    const most = number.format(Math.max(0, ...values));
    return `${name} ${number.format(values.at(-1) ?? 0)} (${words.sale.max} ${most})`;
  });
  const pointedMs = pointed === null ? undefined : timesMs[pointed];
  return (
    <Paper component="figure" withBorder p="md" m={0} className="plot">
      <Group component="figcaption" gap="md" mb="xs">
        <Text fw={600}>{title}</Text>
        {series.map(({ name, line, values }) => (
          <span key={name} className={`legend ${line}`}>
            {name}: {number.format(values[pointed ?? values.length - 1] ?? 0)}
          </span>
        ))}
        <Text c="dimmed" size="sm">
          {pointedMs === undefined ? '' : timeIn(language).format(pointedMs)}
        </Text>
      </Group>
      <div ref={place} role="img" aria-label={`${title}: ${told.join(', ')}`} />
    </Paper>
  );
}

/** A single value has no time span, so show a second around it. */
const spanOf = (from: number, to: number): [number, number] => (to > from ? [from, to] : [from - 0.5, from + 0.5]);

/** Reads a colour of the style sheet in the current colour scheme. */
const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);

const axis = (values: (splits: number[]) => string[]): UPlot.Axis => ({
  stroke: () => colour('mantine-color-dimmed'),
  grid: { stroke: () => colour('mantine-color-default-border'), width: 1 },
  ticks: { show: false },
  values: (_, splits) => values(splits),
});

const lineOf = (text: string): UPlot.Series => {
  const line = text.split(' ')[0] ?? '';
  return { stroke: () => colour(line), width: 2, points: { show: (u) => u.data[0].length === 1 } };
};

const timeIn = (language: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });

/** Formats seconds since 1970 as times of day, with tenths if the ticks are less than a second apart. */
const timesIn =
  (language: string) =>
  (splits: number[]): string[] => {
    const isFine = splits.some((second) => !Number.isInteger(second));
    const format = new Intl.DateTimeFormat(language, {
      ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
      ...(isFine && { fractionalSecondDigits: 1 }),
    });
    return splits.map((second) => format.format(second * 1_000));
  };
