import { Group, Paper, Text, Title, useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import UPlot from 'uplot';
import { useConsole } from '../shell/console-context.ts';
import { axisLabels, clockSteps, isShortSpan, shortSteps } from './axis-labels.ts';
import { formatElapsed, formatInstant } from './elapsed.ts';

type Series = { name: string; line: 'line-1' | 'line-2'; values: readonly number[] };

/** An instant, such as the opening, or a span that lasts until `toMs`, marked on the plot. */
export type Mark = { kind: 'opening' | 'pause'; label: string; atMs: number; toMs?: number | null };

type Props = {
  title: string;
  /** Identifies the plot to tests. */
  name: string;
  /** The time of each value, in ms since 1970. */
  timesMs: readonly number[];
  series: readonly Series[];
  /**
   * How long each value lasts. If set, the values are drawn as bars of this width, otherwise as points joined by lines.
   */
  widthMs?: number;
  /** The instant from which the labels of a short span count. */
  originMs?: number;
  marks?: readonly Mark[];
  controls?: ReactNode;
};

/** The plot's height until its card is laid out. After that, the plot fills the card. */
const heightPx = 200;

/** Plots values over time, on a scale that begins at 0. Describes the plot in words for screen readers. */
export function Plot({ title, name, timesMs, series, widthMs, originMs, marks = [], controls }: Props) {
  const { language, words } = useConsole();
  const scheme = useComputedColorScheme();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(null);
  /** The index of the value under the pointer. */
  const [pointed, setPointed] = useState<number | null>(null);
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const lines = series.map((each) => `${each.line} ${each.name}`).join('\n');
  const zeroMs = originMs ?? timesMs[0] ?? 0;
  const endMs = (timesMs.at(-1) ?? zeroMs) + (widthMs ?? 0);
  const isShort = originMs !== undefined && isShortSpan(timesMs[0] ?? zeroMs, endMs);
  /** The data that the plot draws. The plot reads it again at each drawing, so new data does not require a new plot. */
  const shown = useRef({ marks, endMs, zeroMs });
  shown.current = { marks, endMs, zeroMs };
  const isBars = widthMs !== undefined;

  useEffect(() => {
    if (place.current === null) return;
    const drawn = new UPlot(
      {
        ...{ width: place.current.clientWidth || 600, height: place.current.clientHeight || heightPx },
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { show: !isBars } },
        hooks: {
          setCursor: [({ cursor }) => setPointed(cursor.idx ?? null)],
          draw: [(u) => drawMarks(u, shown.current)],
        },
        scales: {
          x: { time: false, range: ({ data: [times] }) => spanOf(times, shown.current) },
          y: { range: (_, _least, most) => [0, Math.max(1, most * 1.05)] },
        },
        axes: [
          {
            ...axis((splits) => axisLabels(splits, { language, originMs: shown.current.zeroMs, isShort })),
            ...{ space: 84, size: 32, incrs: isShort ? shortSteps : clockSteps },
          },
          { ...axis((values) => values.map((y) => number.format(y))), size: 64 },
        ],
        series: [{}, ...lines.split('\n').map((text) => lineOf(text, isBars))],
      },
      undefined,
      place.current,
    );
    plot.current = drawn;
    const resized = new ResizeObserver(([entry]) => {
      if (entry !== undefined) drawn.setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    resized.observe(place.current);
    // Printing changes the colours, so draw the plot again.
    const printed = matchMedia('print');
    const redraw = (): void => drawn.redraw(false);
    printed.addEventListener('change', redraw);
    return () => {
      printed.removeEventListener('change', redraw);
      resized.disconnect();
      drawn.destroy();
    };
  }, [language, lines, scheme, isShort, isBars]);

  useEffect(() => {
    plot.current?.setData([timesMs.map((ms) => (ms - zeroMs) / 1_000), ...series.map(({ values }) => [...values])]);
  });

  const told = series.map((each) => {
    const most = number.format(Math.max(0, ...each.values));
    return `${each.name} ${number.format(each.values.at(-1) ?? 0)} (${words.sale.max} ${most})`;
  });
  const pointedMs = pointed === null ? undefined : timesMs[pointed];
  const timeText = (ms: number): string =>
    isShort ? words.sale.afterOpening(formatElapsed(language, ms - zeroMs)) : formatInstant(language, ms);
  const pauses = marks.filter(({ kind }) => kind === 'pause').length;
  // Show a bar's value only under the pointer: the last bar's value says nothing about a whole sale.
  const valueText = ({ name: called, values }: Series): string =>
    isBars && pointed === null ? called : `${called}: ${number.format(values[pointed ?? values.length - 1] ?? 0)}`;
  return (
    <Paper component="figure" withBorder p="md" m={0} className="plot" data-plot={name}>
      <Group component="figcaption" justify="space-between" gap="xs" mb="xs">
        <Title order={2} size="h4">
          {title}
        </Title>
        {controls}
      </Group>
      <Group gap="md" mb={4} className="legend-row">
        {series.map((each) => (
          <Text span size="sm" key={each.name} className={`legend ${each.line}`}>
            {valueText(each)}
          </Text>
        ))}
        {pauses === 0 ? null : (
          <Text span size="sm" className="legend mark-legend">
            {words.sale.pausedTimes(number.format(pauses))}
          </Text>
        )}
        <Text c="dimmed" size="sm">
          {pointedMs === undefined ? '' : timeText(pointedMs)}
        </Text>
      </Group>
      <div
        ref={place}
        className="plot-place"
        role="img"
        aria-label={`${title}: ${[...told, ...marks.map(({ label }) => label)].join(', ')}`}
      />
    </Paper>
  );
}

type Shown = { marks: readonly Mark[]; endMs: number; zeroMs: number };

/**
 * Returns the span of the time axis. The axis begins a little before the first value, so that a mark there is visible.
 */
function spanOf(times: ArrayLike<number>, { endMs, zeroMs }: Shown): [number, number] {
  const from = times[0] ?? 0;
  const to = (endMs - zeroMs) / 1_000;
  // A single value has no span, so show one second around it.
  return to > from ? [from - (to - from) / 50, to] : [from - 0.5, from + 0.5];
}

/** A pause that is drawn narrower than this has no room for its label. */
const labelMinPx = 64;

/** Draws the marks as elements over the plot, so that printers, tests and screen readers find them. */
function drawMarks(u: UPlot, { marks, endMs, zeroMs }: Shown): void {
  u.over.querySelectorAll('.mark').forEach((each) => each.remove());
  const { min = 0, max = 0 } = u.scales['x'] ?? {};
  for (const { kind, label, atMs, toMs } of marks) {
    const at = (atMs - zeroMs) / 1_000;
    const to = kind === 'opening' ? at : ((toMs ?? endMs) - zeroMs) / 1_000;
    const isEarlier = to < (min ?? 0);
    // If the opening is long before the first claim, its mark is drawn at the edge of the plot.
    if ((isEarlier && kind !== 'opening') || at > (max ?? 0)) continue;
    const left = u.valToPos(Math.max(at, min ?? 0), 'x');
    const width = Math.max(2, u.valToPos(Math.min(to, max ?? 0), 'x') - left);
    const mark = document.createElement('div');
    mark.className = `mark mark-${kind}`;
    mark.dataset['mark'] = kind;
    mark.style.left = `${left}px`;
    mark.style.width = `${width}px`;
    if (kind === 'opening' || width >= labelMinPx) {
      const text = document.createElement('span');
      text.textContent = isEarlier ? `← ${label}` : label;
      mark.append(text);
    }
    u.over.append(mark);
  }
}

/** Reads a colour from the style sheet, in the current colour scheme. */
const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);

const axis = (values: (splits: number[]) => string[]): UPlot.Axis => ({
  stroke: () => colour('mantine-color-dimmed'),
  grid: { stroke: () => colour('mantine-color-default-border'), width: 1 },
  ticks: { show: false },
  values: (_, splits) => values(splits),
});

function lineOf(text: string, isBars: boolean): UPlot.Series {
  const line = text.split(' ')[0] ?? '';
  const stroke = () => colour(line);
  const { bars } = UPlot.paths;
  if (isBars && bars !== undefined) {
    return {
      stroke,
      fill: stroke,
      width: 0,
      paths: bars({ size: [1, Infinity, 1], align: 1 }),
      points: { show: false },
    };
  }
  return { stroke, width: 2, points: { show: (u) => u.data[0].length === 1 } };
}
