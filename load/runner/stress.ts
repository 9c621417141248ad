import type { LoadAnswer } from './answers.ts';
import { measureCalls } from './call-figures.ts';
import type { Findings, LoadSpan } from './load-result.ts';
import type { LoadSite } from './load-site.ts';
import type { StressOptions } from './options.ts';
import { coresUsed } from './process-samples.ts';
import { findRecovery } from './recovery.ts';
import { missedArrivals, missedThresholds } from './thresholds.ts';

const runName = 'stress';
const stockForAll = 1_000_000;
const normalSeconds = 15;
const recoverySeconds = 30;
/** The length of the last part of the run, in which the system must be back to normal. */
const recoveredSeconds = 10;
/**
 * How soon after the rush the system must recover. A call in the rush gets an answer within 2 s; the rest of this time
 * is for calls that wait in the clients and their sockets.
 */
const recoverWithinMs = 15_000;

/**
 * Sends a rush that exceeds the system's limit, with the usual rate before and after it. The system must answer during
 * the rush, and recover afterwards.
 */
export async function stress(options: StressOptions, site: LoadSite): Promise<Findings> {
  const { rate, peakRate, seconds: peakSeconds, thresholds } = options;
  const event = await site.createEvent({ stock: options.stock ?? stockForAll });
  site.say(
    `  ${rate}/s for ${normalSeconds} s, ${peakRate}/s for ${peakSeconds} s, ${rate}/s for ${recoverySeconds} s`,
  );
  site.nameEvents(runName, [{ id: event.id, fromMs: 0 }]);
  await site.sendUsers({
    name: runName,
    phases: 'stress.yml',
    settings: {
      LOAD_RATE: rate,
      LOAD_PEAK_RATE: peakRate,
      LOAD_NORMAL_SECONDS: normalSeconds,
      LOAD_PEAK_SECONDS: peakSeconds,
      LOAD_RECOVERY_SECONDS: recoverySeconds,
    },
  });
  const answers = site.readAnswers(runName, event.id);
  const { startMs, peakMs, peakEndMs } = findPeak(answers, { rate, peakRate, peakSeconds });
  const endMs = peakEndMs + recoverySeconds * 1_000;
  const recoveredMs = endMs - recoveredSeconds * 1_000;
  const spanOf = (name: string, perSecond: number, fromMs: number, toMs: number, mayMiss: boolean): LoadSpan => {
    const figures = measureCalls(answers, fromMs, toMs);
    const seconds = (toMs - fromMs) / 1_000;
    const missed = missedThresholds(figures, thresholds);
    return { name, rate: perSecond, seconds, figures, cores: coresUsed(site.samples, fromMs, toMs), missed, mayMiss };
  };
  const normal = spanOf('normal', rate, startMs, peakMs, false);
  const peak = spanOf('peak', peakRate, peakMs, peakEndMs, true);
  const after = spanOf('after the peak', rate, peakEndMs, recoveredMs, true);
  const recovered = spanOf('recovered', rate, recoveredMs, endMs, false);

  const tooFew = missedArrivals(normal.figures, normal);
  if (tooFew !== null) normal.missed.push(tooFew);
  const missed = [normal, recovered].flatMap((span) => span.missed.map((why) => `${span.name}: ${why}`));
  const failed = peak.figures.failed + after.figures.failed;
  // An overloaded system must refuse calls, not leave them without an answer.
  if (failed > 0) missed.push(`after the rush began, ${failed} calls got no answer or an invalid one`);
  const recoveredAfterMs = findRecovery(answers, peakEndMs, endMs, thresholds);
  if (recoveredAfterMs === null || recoveredAfterMs > recoverWithinMs) {
    missed.push(`the calls were not back to normal within ${recoverWithinMs / 1_000} s of the rush`);
  }
  return {
    spans: [normal, peak, after, recovered],
    events: [await site.judge(event, answers)],
    rush: {
      sentPerSecond: peak.figures.arrivals / peak.seconds,
      pastLimit: peak.missed.length > 0,
      recoveredAfterMs,
    },
    missed,
  };
}

/**
 * When the rush took place (monotonic). The rush ends when its last user has arrived. If Artillery can't keep up with
 * the rate, the rush takes longer than planned.
 */
export function findPeak(
  answers: LoadAnswer[],
  { rate, peakRate, peakSeconds }: { rate: number; peakRate: number; peakSeconds: number },
): { startMs: number; peakMs: number; peakEndMs: number } {
  const arrivals = Float64Array.from(answers.flatMap(({ click, sentAtMs }) => (click === 1 ? [sentAtMs] : []))).sort();
  const startMs = arrivals[0] ?? 0;
  const peakMs = startMs + normalSeconds * 1_000;
  const lastOfPeakMs = arrivals[rate * normalSeconds + peakRate * peakSeconds - 1] ?? 0;
  return { startMs, peakMs, peakEndMs: Math.max(peakMs + peakSeconds * 1_000, lastOfPeakMs) };
}
