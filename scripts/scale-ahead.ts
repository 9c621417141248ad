import { createTRPCClient, httpLink } from '@trpc/client';
import { Command } from 'commander';
import type { AppRouter } from '../api/router.ts';
import { numberBetween, secondsUpTo } from './command/options.ts';
import { readCluster, setLeastPods } from './scale-ahead/autoscaler.ts';
import { type Opening, wantedPods } from './scale-ahead/wanted-pods.ts';

// A CronJob runs this every minute, so that enough API pods run before an opening. An autoscaler that watches the CPU
// would add pods only a minute after the crowd arrives. If the API or Kubernetes does not answer, this run changes
// nothing and ends with an error; the next run tries again.

const pods = numberBetween(1, 1_000);
const command = new Command('scale-ahead')
  .requiredOption('--autoscaler <name>', "the API's HorizontalPodAutoscaler")
  .requiredOption('--at-rest <n>', 'the minimum number of pods at other times', pods)
  .requiredOption('--for-openings <n>', 'the minimum number of pods around an opening', pods)
  .option('--lead <time>', 'how long before an opening', secondsUpTo(86_400), 900)
  .option('--hold <time>', 'how long after an opening', secondsUpTo(86_400), 600)
  .option('--kubernetes <url>', "address of Kubernetes's API", 'https://kubernetes.default.svc')
  .option('--account <folder>', 'folder of the service account', '/var/run/secrets/kubernetes.io/serviceaccount')
  .parse();
const options = command.opts<{
  autoscaler: string;
  atRest: number;
  forOpenings: number;
  lead: number;
  hold: number;
  kubernetes: string;
  account: string;
}>();

const { FIRSTCOME_URL: url, FIRSTCOME_TOKEN: token } = process.env;
if (url === undefined || token === undefined) {
  command.error('Set FIRSTCOME_URL to the API, and FIRSTCOME_TOKEN to an API key for it with the role viewer.');
}
const headers = { authorization: `Bearer ${token}` };
const api = createTRPCClient<AppRouter>({ links: [httpLink({ url: `${url}/trpc`, headers })] });
const { serverTime } = await api.clock.get.query();
const sizes = { ...options, leadMs: options.lead * 1_000, holdMs: options.hold * 1_000 };
const wanted = wantedPods(await readOpenings(), Date.parse(serverTime), sizes);
const cluster = readCluster(options.kubernetes, options.account);
const before = await setLeastPods(cluster, options.autoscaler, wanted.pods);
const why = wanted.for === null ? 'nothing opens soon' : `for the opening of ${wanted.for}`;
console.log(
  `${options.autoscaler}: at least ${wanted.pods} pods, ${why}${before === wanted.pods ? '' : `; before: ${before}`}`,
);

async function readOpenings(): Promise<Opening[]> {
  const openings: Opening[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.admin.event.list.query({ limit: 100, ...(cursor !== undefined && { cursor }) });
    openings.push(...page.events);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return openings;
}
