import type { Fault } from './fault.ts';

export const none: Fault = {
  name: 'none',
  summary: 'nothing fails, and all users come at once; this measures the speed',
  topologies: ['standalone', 'sentinel', 'cluster'],
  strike: async ({ topology, key }) => ({ target: await topology.masterOf(key), promoted: null, facts: {} }),
};
