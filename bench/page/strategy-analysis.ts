import { processNames } from '../meters/cpu-times.ts';
import type { ShownEntrant } from '../strategies/shown-entrants.ts';
import { blocks, code, figure, percent } from './markdown.ts';
import { processTitles } from './process-titles.ts';
import { strategyNotes } from './strategy-notes.ts';

const notes = new Map(Object.entries(strategyNotes));

/** Explains where each strategy spends its time, where it breaks, and when to choose it. */
export function strategyAnalysis(entrants: readonly ShownEntrant[]): string {
  return blocks(
    ...entrants.flatMap((entrant) => {
      const found = notes.get(entrant.name);
      if (found === undefined) return [];
      return [
        blocks(
          `#### ${code(entrant.name)}`,
          `**Where its time goes.** ${found.time} ${timeFigures(entrant)}`,
          `**Where it breaks.** ${found.breaks} ${crowdFigures(entrant)}`,
          `**When to choose it.** ${found.choose}`,
        ),
      ];
    }),
  );
}

function timeFigures({ medians: { winners, refusals } }: ShownEntrant): string {
  const shares = processNames
    .map((process) => ({ process, share: winners.cpuUsPerClaim[process] / winners.cpuUsPerClaimTotal }))
    .toSorted((a, b) => b.share - a.share)
    .map(({ process, share }) => `${processTitles[process]} ${percent(share)}`);
  return (
    `A claim costs ${figure(winners.cpuUsPerClaimTotal)} us of CPU (${shares.join(', ')}), ` +
    `${figure(winners.mysqlQueriesPerClaim?.api)} MySQL queries by the API and ` +
    `${figure(winners.redisCommandsPerClaim)} Redis commands; a refusal costs ` +
    `${figure(refusals.cpuUsPerRefusalTotal)} us and ${figure(refusals.mysqlQueriesPerRefusal)} MySQL queries. The strategy ` +
    `accepted ${figure(winners.perSecond)} claims per second, or refused ${figure(refusals.perSecond)} per second.`
  );
}

function crowdFigures({ medians: { story } }: ShownEntrant): string {
  const { winners, refusedAfter } = story.latency;
  return (
    `In the sale, the event sold out after ${figure(story.soldOutAfterMs)} ms, with ${figure(story.busy)} of ` +
    `${figure(story.calls)} answers "busy" and ${figure(story.failures)} failures. The p99 was ${figure(winners?.p99Ms)} ms ` +
    `for winners and ${figure(refusedAfter?.p99Ms)} ms for refusals after the sell-out. ` +
    `${percent(story.toTheFirst)} of the coupons went to the users who asked first.`
  );
}
