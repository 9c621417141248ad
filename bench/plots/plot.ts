/**
 * A Vega-Lite specification, or a part of one: plain JSON. Its types would come with vega-lite, which only bench/'s own
 * package has; a test holds every plot against Vega-Lite's JSON schema instead.
 */
export type PlotSpec = Readonly<Record<string, unknown>>;

/** A plot of the page: its file's name without `.svg`, what it shows for those who can't see it, and how it is drawn. */
export type Plot = { name: string; shows: string; spec: PlotSpec };

/** Rows or columns in the order in which the data has them. */
export const asGiven = null;

/** A logarithmic scale with room for labels beside its outermost points. */
export const logScale = { type: 'log', nice: false, padding: 50 } as const;

const labelMark = { type: 'text', baseline: 'middle', fontSize: 10, color: '#333333' } as const;
export const labelOnTheRight = { ...labelMark, align: 'left', dx: 8 } as const;
export const labelOnTheLeft = { ...labelMark, align: 'right', dx: -8 } as const;
