import { waitUntil } from '../waiting/wait-until.ts';
import type { Deployment } from './deployment.ts';
import type { Docker } from '../services/docker.ts';
import type { Report } from './report.ts';

/** Checks the user and the permissions of the running containers of our image. */
export async function checkRunning(docker: Docker, deployment: Deployment, report: Report): Promise<void> {
  for (const service of ['api', 'worker'] as const) {
    const { id, readOnlyRoot, capabilities } = await deployment.facts(service);
    const user = await docker.run(['exec', id, 'node', '-p', 'process.getuid()']);
    report.judge(`the ${service} runs as a user other than root`, user !== '0', `uid ${user}`);
    const write = await docker.attempt([
      'exec',
      id,
      'node',
      '-e',
      "require('node:fs').writeFileSync('/app/written', '')",
    ]);
    const refused = write.code !== 0 && /EROFS/.test(write.stderr);
    report.judge(
      `the ${service} has a read-only root and no capabilities`,
      readOnlyRoot && refused && capabilities.includes('ALL'),
    );
  }
}

/** Checks that the image has no shell, and that the admin CLI works in it. */
export async function checkWithoutShell(docker: Docker, deployment: Deployment, report: Report): Promise<void> {
  const { id } = await deployment.facts('api');
  const shell = await docker.attempt(['exec', id, 'sh', '-c', 'true']);
  const mint = ['token', 'mint', '--sub', 'containers', '--role', 'viewer'];
  const token = await docker.attempt(['exec', id, 'node', 'admin-cli/bin.js', ...mint]);
  // The value is in the environment, because every user of the machine can read a process's arguments.
  const list = await docker.attempt(
    ['exec', '--env', 'FIRSTCOME_TOKEN', id, 'node', 'admin-cli/bin.js', 'event', 'list'],
    { env: { FIRSTCOME_TOKEN: token.stdout.trim() } },
  );
  report.judge(
    'API, worker, migrations and admin CLI run without a shell',
    shell.code !== 0 && token.code === 0 && list.code === 0,
    list.stderr.trim().slice(0, 300),
  );
}

/** Restarts the API's container. Measures the time until the API answers, and the time until it is ready for claims. */
export async function measureStart(
  docker: Docker,
  deployment: Deployment,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const { id } = await deployment.facts('api');
  await docker.run(['stop', id]);
  const startedMs = performance.now();
  await docker.run(['start', id]);
  const answersMs = await firstOk(`${deployment.url}/livez`, startedMs, signal);
  const readyMs = await firstOk(`${deployment.url}/readyz`, startedMs, signal);
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;
  report.figure('start of the API', `answers after ${seconds(answersMs)}, ready for claims after ${seconds(readyMs)}`);
}

async function firstOk(url: string, startedMs: number, signal: AbortSignal): Promise<number> {
  await waitUntil(
    async () => {
      try {
        return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
      } catch {
        return false;
      }
    },
    { limitMs: 60_000, everyMs: 10, signal, late: () => `${url} did not return 200.` },
  );
  return performance.now() - startedMs;
}
