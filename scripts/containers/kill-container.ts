import { waitUntil } from '../waiting/wait-until.ts';
import type { ContainerFacts, Deployment, ServiceName } from './deployment.ts';
import type { Docker } from '../services/docker.ts';

/**
 * Arranges that a container's first process gets SIGKILL at a given time, as if it had crashed. `docker kill` would not
 * do, because the engine does not restart a container that it was asked to kill. The signal comes from another
 * container, which waits for the moment: under Docker Desktop, the process is in a virtual machine, where this process
 * can't reach it.
 */
export async function killAt(docker: Docker, image: string, { pid }: ContainerFacts, atMs: number): Promise<void> {
  const script = `setTimeout(() => process.kill(${pid}, 'SIGKILL'), Math.max(0, ${atMs} - Date.now()))`;
  const limits = ['--pid', 'host', '--network', 'none', '--user', '0', '--cap-drop', 'ALL', '--cap-add', 'KILL'];
  await docker.run(['run', '--detach', '--rm', '--no-healthcheck', ...limits, image, 'node', '-e', script]);
}

/**
 * Waits until the engine has restarted a container. Resolves to the container's new facts, with the times at which it
 * ended and started again.
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
