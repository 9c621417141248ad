import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { installBench } from '../../bench/install.ts';
import { plotsOf } from '../../bench/page/plots-of.ts';
import type { PlotSpec } from '../../bench/plots/plot.ts';
import { root } from '../support/processes.ts';
import { locksResult, setting, strategiesResult } from './stored-results.ts';

/** ajv belongs to the package of bench/, so its types can't be imported here. */
type Validate = ((data: unknown) => boolean) & { errors?: { instancePath: string; message?: string }[] | null };
type Ajv = { compile(schema: unknown): Validate };

let validate: Validate;
let config: PlotSpec;

/** The first run downloads 28 MB. */
beforeAll(async () => {
  await installBench(() => undefined);
  const ofBench = createRequire(join(root, 'bench', 'package.json'));
  const AjvClass = ofBench('ajv') as new (options: object) => Ajv;
  const ajv = new AjvClass({ strict: false, validateFormats: false, allErrors: true });
  validate = ajv.compile(ofBench('vega-lite/vega-lite-schema.json'));
  ({ config } = await import('../../bench/plots/draw-svg.js'));
}, 120_000);

const plots = [
  ...plotsOf({ part: 'strategies', setting, result: strategiesResult() }),
  ...plotsOf({ part: 'locks', setting, result: locksResult() }),
];

it.each(plots)('the plot $name is valid in the JSON schema of Vega-Lite', ({ spec }) => {
  // Converts the value to JSON and back, which drops undefined properties.
  const valid = validate(JSON.parse(JSON.stringify({ ...spec, config })));
  expect(valid, JSON.stringify(validate.errors?.slice(0, 5), null, 2)).toBe(true);
});

it('a plot with a misspelled property is invalid in the JSON schema of Vega-Lite', () => {
  const [plot] = plots;
  expect(validate({ ...plot?.spec, config, resolv: {} })).toBe(false);
});
