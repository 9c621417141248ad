import { startCluster } from './cluster.ts';
import { startSentinel } from './sentinel.ts';
import { startStandalone } from './standalone.ts';
import type { Topology, TopologyName, TopologyOptions } from './topology.ts';

/** Starts real Redis servers, and waits until all of them are connected. */
export function startTopology(name: TopologyName, options: TopologyOptions): Promise<Topology> {
  switch (name) {
    case 'standalone':
      return startStandalone(options);
    case 'sentinel':
      return startSentinel(options);
    case 'cluster':
      return startCluster(options);
  }
}
