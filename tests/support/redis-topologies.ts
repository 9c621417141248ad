import { inject } from 'vitest';
import { loopbackNetwork } from '../../proof/failover/network/loopback.ts';
import { startTopology } from '../../proof/failover/servers/start-topology.ts';
import type { Topology, TopologyName } from '../../proof/failover/servers/topology.ts';
import { makeTestDir } from './run-dir.ts';
import { useResource } from './use-resource.ts';

/**
 * Opens real servers of a topology for the tests of this file or of this `describe`. A cluster takes a few seconds to
 * start.
 */
export const useTopology = (name: TopologyName, settings: Record<string, string> = {}): Topology =>
  useResource(
    `useTopology(${name})`,
    () =>
      startTopology(name, {
        dir: makeTestDir(inject('runDir'), `redis-${name}`),
        network: loopbackNetwork(),
        settings,
      }),
    120_000,
  );
