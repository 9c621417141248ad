/**
 * A Vega-Lite specification, or a part of one, as plain JSON. Its types come with vega-lite, which only bench/'s own
 * package has; instead, a test checks every plot against Vega-Lite's JSON schema.
 */
export type PlotSpec = Readonly<Record<string, unknown>>;

/** A plot of the page: its file name without `.svg`, its alternative text, and its specification. */
export type Plot = { name: string; shows: string; spec: PlotSpec };

/** Keeps rows or columns in the order of the data. */
export const asGiven = null;

/** A log scale with room for labels beside its outermost points. */
export const logScale = { type: 'log', nice: false, padding: 50 } as const;

const labelMark = { type: 'text', baseline: 'middle', fontSize: 10, color: '#333333' } as const;
export const labelOnTheRight = { ...labelMark, align: 'left', dx: 8 } as const;
export const labelOnTheLeft = { ...labelMark, align: 'right', dx: -8 } as const;
