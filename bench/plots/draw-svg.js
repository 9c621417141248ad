import { parse, resetSVGDefIds, View } from 'vega';
import { compile } from 'vega-lite';

/** Okabe and Ito's colours, which colour-blind readers can tell apart. */
const colours = ['#0072b2', '#e69f00', '#009e73', '#d55e00', '#56b4e9', '#cc79a7', '#000000'];

/** The plot has a background, so that it is readable on a dark page, and uses fonts that every machine has. */
export const config = {
  background: '#ffffff',
  padding: 12,
  font: 'sans-serif',
  view: { stroke: '#dddddd' },
  axis: {
    labelLimit: 0,
    gridColor: '#eeeeee',
    labelColor: '#333333',
    titleColor: '#333333',
    titleFontWeight: 'normal',
  },
  legend: {
    labelLimit: 0,
    columns: 4,
    symbolStrokeWidth: 2.5,
    labelColor: '#333333',
    titleColor: '#333333',
    titleFontWeight: 'normal',
    orient: 'top',
  },
  header: { labelColor: '#333333', labelFontSize: 12 },
  title: { color: '#333333', anchor: 'start', fontSize: 12 },
  range: { category: colours },
};

/** Draws a Vega-Lite specification as SVG text. The same specification always gives the same bytes. */
export async function drawSvg(spec) {
  resetSVGDefIds();
  const view = new View(parse(compile({ ...spec, config }).spec), { renderer: 'none' });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}
