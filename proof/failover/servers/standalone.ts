import { startNode } from './redis-node.ts';
import { buildTopology, startTogether, untilNothingMissing, type Topology, type TopologyOptions } from './topology.ts';

export function startStandalone(options: TopologyOptions): Promise<Topology> {
  const { dir, settings = {}, settingsOf = () => ({}) } = options;
  return buildTopology(options, async (network, own) => {
    const nodes = await startTogether(own, [
      startNode({
        name: 'redis',
        host: network.addHost('redis'),
        dir,
        settings: { ...settings, ...settingsOf('redis') },
      }),
    ]);
    const [only] = nodes;
    if (only === undefined) throw new Error('No server was started.');
    return {
      name: 'standalone',
      url: only.url,
      nodes,
      sentinels: [],
      masterOf: () => Promise.resolve(only),
      replicasOf: () => Promise.resolve([]),
      untilWhole: (limitMs = 20_000) =>
        untilNothingMissing(
          async () => ((await only.state()).role === 'master' ? null : 'it does not answer'),
          limitMs,
        ),
    };
  });
}
