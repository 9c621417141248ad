import { join } from 'node:path';
import { restClaimRequest } from '../../proof/flash-sale/claim-call.ts';
import { monotonicMs } from '../../proof/flash-sale/monotonic.ts';
import { batchesSince, readBatchSizes, type BatchSizes } from '../meters/batch-sizes.ts';
import type { CpuTime } from '../meters/cpu-time.ts';
import {
  bothUs as both,
  cpuSpentByEach,
  mapProcesses,
  processNames as processes,
  readCpuTimes,
  type ProcessName,
} from '../meters/cpu-times.ts';
import { median, type Target } from '../results/target.ts';
import { awaitAgreement } from '../system/await-agreement.ts';
import type { BenchApi, BenchSystem } from '../system/bench-system.ts';
import { writeRequestFile } from '../wrk/request-file.ts';
import { perSecond, runWrk, type WrkResult } from '../wrk/wrk.ts';

/** A load of claims, with the drain that follows it. */
export type ClaimsLoad = {
  wrk: WrkResult;
  /** Answered claims per second of the load. */
  acceptedPerSecond: number;
  /** Claims that the gate counted: the answered claims, and those in flight when the load ended. */
  issued: number;
  /** Rows in MySQL after the drain. */
  persisted: number;
  /** The time from the end of the load until MySQL had every claim. */
  drainMs: number;
  /** Rows per second, over the load and the drain together. */
  persistedPerSecond: number;
  /** CPU time per stored row, over the load and the drain together. */
  cpuUsPerClaim: Record<ProcessName, CpuTime>;
  cpuUsPerClaimTotal: number;
  batches: BatchSizes & { mean: number };
};

export type BareLoad = { wrk: WrkResult; requestsPerSecond: number };

export type ClaimsRound = {
  /** The rate of plain GETs to a bare node:http server, which is the upper limit for any API. */
  bare: BareLoad;
  /**
   * The rate of POSTs to the same server, which ignores their bodies. They carry tokens, as the claims of the other
   * loads do.
   */
  barePost: BareLoad;
  stock: ClaimsLoad;
  hot: ClaimsLoad;
  /** The same claims over REST, to the same API process. */
  rest: ClaimsLoad;
};

export type ClaimsResult = {
  seconds: number;
  rounds: ClaimsRound[];
  /** Medians over the rounds. A ratio is computed within each round first. */
  medians: Record<string, number>;
  targets: Target[];
};

/** The stock, which is more than any load can use up. */
const stock = 50_000_000;
/** Tokens to prepare per second of load. Raise this number if a bare server on a faster machine uses them up. */
const tokensPerSecond = 40_000;

/** Runs the loads in turns, so that a disturbance of the machine affects all of them. */
export async function benchClaims(
  system: BenchSystem,
  options: { rounds: number; seconds: number; quick: boolean },
  say: (line: string) => void,
): Promise<ClaimsResult> {
  const { seconds } = options;
  const bare = await system.startApi('bare', 'bench/system/bare-server.ts');
  const stockApi = await system.startApi('stock-api', 'bench/system/stock-api.ts');
  say('warming up');
  const warmSeconds = options.quick ? 1 : 3;
  const bareWarm = await runWrk(bare.url, { seconds: warmSeconds });
  const tokensEachSecond = Math.max(tokensPerSecond, Math.ceil(perSecond(bareWarm) * 1.5));

  const load = async (
    name: string,
    api: BenchApi,
    length: number,
    request?: typeof restClaimRequest,
  ): Promise<ClaimsLoad> => {
    const tokens = length * tokensEachSecond;
    const result = await loadClaims(system, api, { name, seconds: length, tokens, request });
    say(`  ${name.padEnd(18)} ${describe(result)}`);
    return result;
  };
  const loadBare = async (name: string, requests?: Parameters<typeof runWrk>[1]['requests']): Promise<BareLoad> => {
    const wrk = await runWrk(bare.url, { seconds, ...(requests && { requests, loop: true }) });
    const requestsPerSecond = perSecond(wrk);
    say(`  ${name.padEnd(18)} ${Math.round(requestsPerSecond).toLocaleString('en')} requests/s`);
    return { wrk, requestsPerSecond };
  };

  await load('warm-stock', stockApi, warmSeconds);
  await load('warm-hot', system.api, warmSeconds);

  const posts = await writeRequestFile({
    path: join(system.dir, 'bare.requests'),
    count: 10_000,
    crowd: 'bare',
    eventId: 'none',
    authSecret: system.authSecret,
  });
  const rounds: ClaimsRound[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    say(`round ${round} of ${options.rounds}`);
    rounds.push({
      bare: await loadBare('bare'),
      stock: await load(`stock-${round}`, stockApi, seconds),
      barePost: await loadBare('bare, same posts', posts),
      hot: await load(`hot-${round}`, system.api, seconds),
      rest: await load(`rest-${round}`, system.api, seconds, restClaimRequest),
    });
  }
  const medians = mediansOf(rounds);
  return { seconds, rounds, medians, targets: targetsOf(medians) };
}

/** Sends claims to an API for a while, and waits until MySQL has them. Throws if an answer is not a claim. */
export async function loadClaims(
  system: BenchSystem,
  api: BenchApi,
  options: { name: string; seconds: number; tokens: number; request: typeof restClaimRequest | undefined },
): Promise<ClaimsLoad> {
  const { authSecret } = system;
  const { name, seconds, tokens, request } = options;
  const event = await system.createEvent({ name, stock });
  const path = join(system.dir, `${name}.requests`);
  const requests = await writeRequestFile({
    ...{ path, count: tokens, crowd: name, eventId: event.id, authSecret },
    ...(request && { request }),
  });
  const pids = { ...system.pids, api: api.process.pid };

  const batchesBefore = await readBatchSizes(api.url);
  const before = readCpuTimes(pids);
  const startedMs = monotonicMs();
  const wrk = await runWrk(api.url, { seconds, requests });
  const endedMs = monotonicMs();
  const { drainedAtMs, issued, persisted } = await awaitAgreement(system, event);
  const spent = cpuSpentByEach(before, readCpuTimes(pids));
  const batches = batchesSince(batchesBefore, await readBatchSizes(api.url));
  await requests.remove();

  if (wrk.exhausted) throw new Error(`${name}: ${tokens} tokens were too few for ${seconds} s`);
  if (wrk.errorReplies > 0 || wrk.socketErrors > 0) {
    throw new Error(
      `${name}: ${wrk.errorReplies} error replies, ${wrk.socketErrors} socket errors; see ${api.logFile}`,
    );
  }
  // Checks that every answer is a claim. The end of the load cuts off up to 64 answers, so `issued` may be higher.
  if (issued < wrk.requests || issued > wrk.requests + 64) {
    throw new Error(`${name}: ${wrk.requests} answers, but ${issued} claims issued`);
  }
  const cpuUsPerClaim = mapProcesses((name) => perClaim(spent[name], persisted));
  return {
    wrk,
    acceptedPerSecond: perSecond(wrk),
    issued,
    persisted,
    drainMs: drainedAtMs - endedMs,
    persistedPerSecond: persisted / ((drainedAtMs - startedMs) / 1_000),
    cpuUsPerClaim,
    cpuUsPerClaimTotal: Object.values(cpuUsPerClaim).reduce((sum, time) => sum + both(time), 0),
    batches,
  };
}

const perClaim = (time: CpuTime, claims: number): CpuTime => ({
  userUs: time.userUs / claims,
  systemUs: time.systemUs / claims,
});

function describe(load: ClaimsLoad): string {
  const cpu = processes.map((process) => `${process} ${both(load.cpuUsPerClaim[process]).toFixed(1)}`).join(', ');
  return (
    `${Math.round(load.acceptedPerSecond).toLocaleString('en')} accepted/s, ` +
    `${Math.round(load.persistedPerSecond).toLocaleString('en')} persisted/s, ` +
    `all in MySQL ${Math.round(load.drainMs)} ms later, p50 ${load.wrk.p50Us / 1_000} ms, p99 ${load.wrk.p99Us / 1_000} ms, ` +
    `CPU us/claim ${load.cpuUsPerClaimTotal.toFixed(1)} (${cpu}), ${load.batches.mean.toFixed(1)} claims/batch`
  );
}

function mediansOf(rounds: ClaimsRound[]): Record<string, number> {
  const of = (value: (round: ClaimsRound) => number): number => median(rounds.map(value));
  const perProcess = Object.fromEntries(
    processes.flatMap((name) => [
      [`${name}CpuUsPerClaim`, of(({ hot }) => both(hot.cpuUsPerClaim[name]))],
      [`${name}UserUsPerClaim`, of(({ hot }) => hot.cpuUsPerClaim[name].userUs)],
      [`${name}SystemUsPerClaim`, of(({ hot }) => hot.cpuUsPerClaim[name].systemUs)],
    ]),
  );
  return {
    barePerSecond: of(({ bare }) => bare.requestsPerSecond),
    barePostPerSecond: of(({ barePost }) => barePost.requestsPerSecond),
    stockAcceptedPerSecond: of(({ stock }) => stock.acceptedPerSecond),
    stockCpuUsPerClaim: of(({ stock }) => stock.cpuUsPerClaimTotal),
    stockP50Ms: of(({ stock }) => stock.wrk.p50Us / 1_000),
    stockP99Ms: of(({ stock }) => stock.wrk.p99Us / 1_000),
    acceptedPerSecond: of(({ hot }) => hot.acceptedPerSecond),
    persistedPerSecond: of(({ hot }) => hot.persistedPerSecond),
    drainMs: of(({ hot }) => hot.drainMs),
    p50Ms: of(({ hot }) => hot.wrk.p50Us / 1_000),
    p99Ms: of(({ hot }) => hot.wrk.p99Us / 1_000),
    claimsPerBatch: of(({ hot }) => hot.batches.mean),
    acceptedToBare: of(({ hot, bare }) => hot.acceptedPerSecond / bare.requestsPerSecond),
    acceptedToBarePost: of(({ hot, barePost }) => hot.acceptedPerSecond / barePost.requestsPerSecond),
    restAcceptedPerSecond: of(({ rest }) => rest.acceptedPerSecond),
    restP50Ms: of(({ rest }) => rest.wrk.p50Us / 1_000),
    restP99Ms: of(({ rest }) => rest.wrk.p99Us / 1_000),
    restToTrpc: of(({ rest, hot }) => rest.acceptedPerSecond / hot.acceptedPerSecond),
    acceptedToStock: of(({ hot, stock }) => hot.acceptedPerSecond / stock.acceptedPerSecond),
    persistedToBare: of(({ hot, bare }) => hot.persistedPerSecond / bare.requestsPerSecond),
    cpuUsPerClaim: of(({ hot }) => hot.cpuUsPerClaimTotal),
    ...perProcess,
  };
}

function targetsOf(medians: Record<string, number>): Target[] {
  const value = (name: string): number => medians[name] ?? NaN;
  return [
    { name: 'accepted/s to bare node:http', unit: '', value: value('acceptedToBare'), target: 0.4, want: 'at least' },
    {
      name: 'accepted/s to stock tRPC on Express',
      unit: '',
      value: value('acceptedToStock'),
      target: 3,
      want: 'at least',
    },
    { name: 'accepted/s over REST to tRPC', unit: '', value: value('restToTrpc'), target: 0.9, want: 'at least' },
    {
      name: 'persisted/s to bare node:http',
      unit: '',
      value: value('persistedToBare'),
      target: 0.35,
      want: 'at least',
    },
    { name: 'server CPU per durable claim', unit: 'us', value: value('cpuUsPerClaim'), target: 150, want: 'at most' },
    { name: "Redis's share", unit: 'us', value: value('redisCpuUsPerClaim'), target: 12, want: 'at most' },
    { name: 'all in MySQL after the load', unit: 's', value: value('drainMs') / 1_000, target: 5, want: 'at most' },
  ];
}
