import type { PlotSpec } from './plot.ts';

export const config: PlotSpec;
export function drawSvg(spec: PlotSpec): Promise<string>;
