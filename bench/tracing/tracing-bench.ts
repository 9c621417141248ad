import { loadClaims, type ClaimsLoad } from '../claims/claims-bench.ts';
import { bothUs } from '../meters/cpu-times.ts';
import { median, type Target } from '../results/target.ts';
import type { BenchApi, BenchSystem } from '../system/bench-system.ts';

/** The share of claims that an API records; `off`: it does not trace at all. */
export type Sampling = 'off' | '1%' | '100%';

export type TracingSlice = {
  sampling: Sampling;
  acceptedPerSecond: number;
  persistedPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  apiCpuUsPerClaim: number;
  workerCpuUsPerClaim: number;
  /** How many spans the collector got for each claim. */
  spansPerClaim: number;
};

export type TracingResult = {
  seconds: number;
  /** The slices of each round, in the order in which they ran. */
  rounds: TracingSlice[][];
  targets: Target[];
};

/** Each sampling has its turn early and late in a round, so that a drift of the machine affects all of them. */
const order: Sampling[] = ['off', '1%', '100%', '1%', 'off'];
const tokensPerSecond = 40_000;

/** Accepts claims with an API that does not trace, and with others that record 1% and all of them, in turns. */
export async function benchTracing(
  system: BenchSystem,
  { rounds: count, seconds, quick }: { rounds: number; seconds: number; quick: boolean },
  say: (line: string) => void,
): Promise<TracingResult> {
  const receiver = await system.startApi('trace-receiver', 'bench/system/trace-receiver.ts');
  const sending = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio' };
  const envOf: Record<Sampling, Record<string, string>> = {
    off: {},
    '1%': { ...sending, OTEL_TRACES_SAMPLER_ARG: '0.01' },
    '100%': { ...sending, OTEL_TRACES_SAMPLER_ARG: '1' },
  };
  await using worker = await system.replaceWorker(envOf['1%']);
  const traced = { ...system, pids: { ...system.pids, worker: worker.pid } };
  const apis = new Map<Sampling, BenchApi>();
  for (const sampling of new Set(order)) {
    const name = `tracing-${sampling.replace('%', '')}`;
    apis.set(sampling, await system.startApi(name, 'api/main.ts', { env: envOf[sampling] }));
  }
  const slice = async (sampling: Sampling, name: string, length: number): Promise<TracingSlice> => {
    const api = apis.get(sampling) ?? system.api;
    const before = await received(receiver);
    const tokens = length * tokensPerSecond;
    const load = await loadClaims(traced, api, { name, seconds: length, tokens, request: undefined });
    return sliceOf(sampling, load, (await received(receiver)) - before);
  };

  say('warming up');
  for (const sampling of apis.keys()) await slice(sampling, `tracing-warm-${sampling.replace('%', '')}`, quick ? 1 : 3);
  const rounds: TracingSlice[][] = [];
  for (let round = 1; round <= count; round += 1) {
    say(`round ${round} of ${count}`);
    const slices: TracingSlice[] = [];
    for (const [at, sampling] of order.entries()) {
      const done = await slice(sampling, `tracing-${round}-${at}`, seconds);
      say(
        `  ${sampling.padEnd(5)} ${Math.round(done.acceptedPerSecond).toLocaleString('en')} accepted/s, p99 ${done.p99Ms.toFixed(1)} ms, ` +
          `API ${done.apiCpuUsPerClaim.toFixed(1)} us/claim, ${done.spansPerClaim.toFixed(2)} spans/claim`,
      );
      slices.push(done);
    }
    rounds.push(slices);
  }
  return { seconds, rounds, targets: tracingTargets(rounds) };
}

const received = async (receiver: BenchApi): Promise<number> =>
  Number(await (await fetch(`${receiver.url}/received`)).text());

const sliceOf = (sampling: Sampling, load: ClaimsLoad, spans: number): TracingSlice => ({
  sampling,
  acceptedPerSecond: load.acceptedPerSecond,
  persistedPerSecond: load.persistedPerSecond,
  p50Ms: load.wrk.p50Us / 1_000,
  p99Ms: load.wrk.p99Us / 1_000,
  apiCpuUsPerClaim: bothUs(load.cpuUsPerClaim.api),
  workerCpuUsPerClaim: bothUs(load.cpuUsPerClaim.worker),
  spansPerClaim: spans / load.persisted,
});

type Figure = Exclude<keyof TracingSlice, 'sampling'>;

/** The median, over the rounds, of a round's mean. */
export const figureOf = (rounds: readonly TracingSlice[][], sampling: Sampling, figure: Figure): number =>
  median(rounds.map((slices) => meanOf(slices, sampling, figure)));

function meanOf(slices: readonly TracingSlice[], sampling: Sampling, figure: Figure): number {
  const values = slices.filter((slice) => slice.sampling === sampling).map((slice) => slice[figure]);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function tracingTargets(rounds: readonly TracingSlice[][]): Target[] {
  /** Compared within each round first. */
  const toOff = (figure: Figure): number =>
    median(rounds.map((slices) => meanOf(slices, '1%', figure) / meanOf(slices, 'off', figure)));
  return [
    {
      ...{ name: 'accepted/s at 1% to off', unit: '', target: 0.97, want: 'at least' },
      value: toOff('acceptedPerSecond'),
    },
  ];
}
