import type { Contention } from '../locks/contention.ts';
import type { LockStrategy } from '../locks/lock-strategies.ts';
import { withheldOf, type LocksResult } from '../locks/locks-bench.ts';
import { median } from '../results/target.ts';
import { blocks, code, figure, percent, table } from './markdown.ts';

/** Compares the locks, wait times and leases. `image` returns the Markdown of a plot by its name. */
export function locksSection(result: LocksResult, image: (name: string) => string): string {
  const withheld = withheldOf(result);
  return blocks(
    '## Locks',
    'These are the comparisons that the original project left as future work. Every lock guards the same transaction.',
    '### Under contention',
    contentionText(result),
    image('locks-contention'),
    contentionTable(result.contention),
    ...comparisons(result.contention),
    '### Wait times',
    waitsText(result),
    image('locks-waits'),
    waitsTable(result),
    '### Lease times',
    `An API process is killed, or stopped for a while, while it holds the lock, and another process keeps making claim ` +
      `calls. The table shows the time until a call to the other process was issued a coupon. A lock in Redis becomes free ` +
      `when its lease ends, whatever happened to its holder. A lock in MySQL becomes free when its holder's connection ` +
      `ends: at once if the holder died, but not if it hangs.`,
    image('locks-standstill'),
    standstillsTable(result),
    `A shorter lease means a shorter standstill, but it must be renewed more often. A holder that was stopped for longer ` +
      `than its lease finds that it no longer holds the lock, and decides nothing. Even if it decided, MySQL's unique keys would ` +
      `prevent a second claim. No lease helps against a holder that hangs between its INSERT and its COMMIT: the others ` +
      `need the serial that it has not committed, so MySQL makes them wait until that transaction ends. MariaDB ends it ` +
      `after at most 3 s.`,
    ...(withheld.length === 0
      ? []
      : [`These figures are not shown, for these reasons:\n\n${withheld.map((reason) => `- ${reason}`).join('\n')}`]),
  );
}

const isShown = ({ withheld }: { withheld: string[] }): boolean => withheld.length === 0;

function contentionText({ contention, contentionRounds, contentionSeconds }: LocksResult): string {
  const [first] = contention;
  const crowd =
    first === undefined
      ? ''
      : ` The columns "crowd" come from sales of ${figure(first.story.stock)} coupons to ${figure(first.story.users)} users.`;
  return (
    `\`wrk -t1 -c64\`, with a coupon for every user. Medians of ${contentionRounds} rounds of ${contentionSeconds} s, with ` +
    `one API process and with several on one port, each with its own connections.${crowd}`
  );
}

const contentionTable = (contention: readonly Contention[]): string =>
  table(
    [
      'lock',
      'API processes',
      'accepted/s',
      'p50 ms',
      'p99 ms',
      'busy',
      'MySQL queries per claim',
      'Redis commands per claim',
      'CPU us per claim',
      'crowd: busy',
      'crowd: coupons to the users who asked first',
    ],
    contention.map(({ strategy, processes, winners, story, withheld }) => [
      code(strategy),
      figure(processes),
      figure(winners.perSecond),
      figure(winners.latency?.p50Ms),
      figure(winners.latency?.p99Ms),
      figure(winners.busy),
      figure(winners.mysqlQueriesPerClaim?.api),
      figure(winners.redisCommandsPerClaim),
      figure(winners.cpuUsPerClaimTotal),
      percent(withheld.length === 0 ? story.failRate : null),
      percent(withheld.length === 0 ? story.toTheFirst : null),
    ]),
  );

function comparisons(contention: readonly Contention[]): string[] {
  const compare = (one: LockStrategy, other: LockStrategy, words: string): string[] =>
    contention
      .filter(({ strategy }) => strategy === one)
      .flatMap((mine) => {
        const its = contention.find(({ strategy, processes }) => strategy === other && processes === mine.processes);
        if (its === undefined) return [];
        return [
          `- ${words}, ${mine.processes === 1 ? 'one process' : `${mine.processes} processes`}: ` +
            `${figure(mine.winners.perSecond / its.winners.perSecond)} times the claims/s of ${code(other)}, ` +
            `${figure(mine.winners.mysqlQueriesPerClaim?.api)} against ${figure(its.winners.mysqlQueriesPerClaim?.api)} MySQL ` +
            `queries and ${figure(mine.winners.redisCommandsPerClaim)} against ${figure(its.winners.redisCommandsPerClaim)} ` +
            `Redis commands per claim, p99 ${figure(mine.winners.latency?.p99Ms)} against ${figure(its.winners.latency?.p99Ms)} ms.`,
        ];
      });
  const lines = [
    ...compare('db-named-lock', 'db-lock', 'The named lock compared with the row lock'),
    ...compare('redis-spin-lock', 'redis-lock', 'Polling compared with waiting for a message'),
  ];
  return lines.length === 0 ? [] : [lines.join('\n')];
}

function waitsText({ waits }: LocksResult): string {
  const [first] = waits;
  const crowd =
    first === undefined ? 'A crowd' : `${figure(first.story.users)} users for ${figure(first.story.stock)} coupons`;
  return (
    `${crowd}, with different limits (\`CLAIM_WAIT_MS\`) on how long a claim may wait for its turn before the answer is ` +
    `"busy" and the client asks again. With a short limit callers get an answer soon, but often without an outcome; a ` +
    `long one keeps them waiting. Times until an outcome count only users who had one.`
  );
}

const waitsTable = ({ waits }: LocksResult): string =>
  table(
    [
      'lock',
      'wait ms',
      'busy',
      'failures',
      'users without an outcome',
      'sold out after ms',
      'all decided after ms',
      'winners p50 ms',
      'winners p99 ms',
      'until an outcome, p50 ms',
      'until an outcome, p99 ms',
      'coupons to the users who asked first',
    ],
    waits
      .filter(isShown)
      .map(({ strategy, waitMs, story }) => [
        code(strategy),
        figure(waitMs),
        percent(story.busy / story.calls),
        figure(story.failures),
        figure(story.undecidedUsers),
        figure(story.soldOutAfterMs),
        figure(story.allDecidedAfterMs),
        figure(story.latency.winners?.p50Ms),
        figure(story.latency.winners?.p99Ms),
        figure(story.untilDecided?.p50Ms),
        figure(story.untilDecided?.p99Ms),
        percent(story.toTheFirst),
      ]),
  );

const standstillsTable = ({ standstills }: LocksResult): string =>
  table(
    ['lock', 'holder', 'lease ms', 'stopped for ms', 'stood still, median ms', 'each repeat, ms'],
    standstills.map(({ strategy, holder, leaseMs, stoppedForMs, stoodStillMs }) => [
      code(strategy),
      holder,
      leaseMs === null ? 'none' : figure(leaseMs),
      figure(stoppedForMs),
      figure(median(stoodStillMs)),
      stoodStillMs.map((ms) => Math.round(ms)).join(', '),
    ]),
    2,
  );
