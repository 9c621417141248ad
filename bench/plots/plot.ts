/**
 * A Vega-Lite specification, or a part of one, as plain JSON. Vega-Lite's own types are not available here, because
 * only the package in bench/ installs it. Instead, a test checks every plot against Vega-Lite's JSON schema.
 */
export type PlotSpec = Readonly<Record<string, unknown>>;

/** A plot of the page: its file name without `.svg`, its alternative text, and its specification. */
export type Plot = { name: string; shows: string; spec: PlotSpec };

/** Keeps rows or columns in the order of the data, instead of sorting them. */
export const asGiven = null;

/** A log scale that leaves room for the labels of its outermost points. */
export const logScale = { type: 'log', nice: false, padding: 50 } as const;

const labelMark = { type: 'text', baseline: 'middle', fontSize: 10, color: '#333333' } as const;
export const labelOnTheRight = { ...labelMark, align: 'left', dx: 8 } as const;
export const labelOnTheLeft = { ...labelMark, align: 'right', dx: -8 } as const;
