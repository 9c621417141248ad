import { waitUntil } from '../waiting/wait-until.ts';
import type { ContainerFacts, Deployment, ServiceName } from './deployment.ts';
import type { Docker } from '../services/docker.ts';

/**
 * Sends SIGKILL to a container's first process at the given time, so that the container ends as after a crash. `docker
 * kill` is no use here, because the engine does not restart a container that it killed. Another container sends the
 * signal, because Docker Desktop runs the process in a virtual machine.
 */
export async function killAt(docker: Docker, image: string, { pid }: ContainerFacts, atMs: number): Promise<void> {
  const script = `setTimeout(() => process.kill(${pid}, 'SIGKILL'), Math.max(0, ${atMs} - Date.now()))`;
  const limits = ['--pid', 'host', '--network', 'none', '--user', '0', '--cap-drop', 'ALL', '--cap-add', 'KILL'];
  await docker.run(['run', '--detach', '--rm', '--no-healthcheck', ...limits, image, 'node', '-e', script]);
}

/**
 * Waits until the engine has restarted a container. Resolves to the times at which the container ended and started
 * again.
 */
export async function restarted(
  deployment: Deployment,
  service: ServiceName,
  before: ContainerFacts,
  signal: AbortSignal,
): Promise<ContainerFacts> {
  return waitUntil(
    async () => {
      const now = await deployment.facts(service);
      return now.restarts > before.restarts && now.pid > 0 ? now : null;
    },
    {
      limitMs: 60_000,
      everyMs: 100,
      signal,
      late: () => `The engine did not restart the killed container of ${service}.`,
    },
  );
}
