/**
 * A Vega-Lite specification, or a part of one. It does not use Vega-Lite's own types, because only the package in bench/
 * installs Vega-Lite. Instead, a test checks every plot against Vega-Lite's JSON schema.
 */
export type PlotSpec = Readonly<Record<string, unknown>>;

/** `name` is the file name without `.svg`; `shows` is the alternative text. */
export type Plot = { name: string; shows: string; spec: PlotSpec };

/** Keeps rows or columns in the order of the data. By default Vega-Lite sorts them. */
export const asGiven = null;

/** A log scale that leaves room for the labels of its outermost points. */
export const logScale = { type: 'log', nice: false, padding: 50 } as const;

const labelMark = { type: 'text', baseline: 'middle', fontSize: 10, color: '#333333' } as const;
export const labelOnTheRight = { ...labelMark, align: 'left', dx: 8 } as const;
export const labelOnTheLeft = { ...labelMark, align: 'right', dx: -8 } as const;
