import { sentBetween, type LoadAnswer } from './answers.ts';
import { measureCalls } from './call-figures.ts';
import { findLimit, nextRate, type Step } from './climb.ts';
import type { LoadEvent } from './load-event.ts';
import type { Findings, LoadSpan } from './load-result.ts';
import type { LoadSite } from './load-site.ts';
import { rateMax, type RampUpOptions } from './options.ts';
import { coresUsed } from './process-samples.ts';
import { missedArrivals, missedThresholds } from './thresholds.ts';

const stockForAll = 1_000_000;
const warmUpSeconds = 2;

/**
 * Raises the rate until the highest rate that meets the thresholds is known. Each step is a separate run of Artillery.
 */
export async function rampUp(options: RampUpOptions, site: LoadSite): Promise<Findings> {
  const event = await site.createEvent({ stock: options.stock ?? stockForAll });
  const spans: LoadSpan[] = [];
  const answers: LoadAnswer[] = [];
  const steps: Step[] = [];
  for (
    let rate = nextRate(steps, options.rate, rateMax);
    rate !== null;
    rate = nextRate(steps, options.rate, rateMax)
  ) {
    const step = await climbOne(options, site, event, {
      rate,
      name: `step-${String(steps.length + 1).padStart(2, '0')}`,
    });
    for (const answer of step.answers) answers.push(answer);
    spans.push(step.span);
    steps.push({ rate, held: step.span.missed.length === 0 });
  }
  const judged = await site.judge(event, answers);
  const { held, broke } = findLimit(steps);
  const broken = spans.findLast((span) => span.rate === broke);
  const missed: string[] = [];
  if (held === null) missed.push('no rate met the thresholds');
  else if (options.atLeast !== null && held < options.atLeast) {
    missed.push(`the limit is below ${options.atLeast}/s`);
  }
  return {
    spans,
    events: [judged],
    limit: {
      held,
      broke,
      why: broken?.missed ?? [],
      artilleryGaveOut: broken !== undefined && missedArrivals(broken.figures, broken) !== null,
    },
    missed,
  };
}

async function climbOne(
  options: RampUpOptions,
  site: LoadSite,
  event: LoadEvent,
  { rate, name }: { rate: number; name: string },
): Promise<{ span: LoadSpan; answers: LoadAnswer[] }> {
  const { seconds, thresholds } = options;
  site.nameEvents(name, [{ id: event.id, fromMs: 0 }]);
  await site.sendUsers({
    name,
    phases: 'ramp-up.yml',
    settings: { LOAD_RATE: rate, LOAD_SECONDS: seconds, LOAD_WARM_UP_SECONDS: warmUpSeconds },
  });
  const answers = site.readAnswers(name, event.id);
  const fromMs = sentBetween(answers).firstMs + warmUpSeconds * 1_000;
  const toMs = fromMs + seconds * 1_000;
  const figures = measureCalls(answers, fromMs, toMs);
  const missed = missedThresholds(figures, thresholds);
  const tooFew = missedArrivals(figures, { rate, seconds });
  if (tooFew !== null) missed.push(tooFew);
  site.say(
    `  ${rate}/s: ${missed.length === 0 ? `met the thresholds, p99 ${figures.latency.p99Ms.toFixed(0)} ms` : missed.join('; ')}`,
  );
  const cores = coresUsed(site.samples, fromMs, toMs);
  return { answers, span: { name, rate, seconds, figures, cores, missed, mayMiss: true } };
}
