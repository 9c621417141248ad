/**
 * The rooms (folders) of core, in order. A room may import only from the rooms before it, and this includes types.
 * ARCHITECTURE.md describes the rooms.
 */
const rooms = [
  'messages',
  'runtime',
  'tracing',
  'money',
  'redis',
  'failover',
  'jobs',
  'mysql',
  'stores',
  'limits',
  'events',
  'access',
  'settings',
  'audit',
  'claims',
  'tally',
  'gate',
  'compare',
  'engines',
  'rounds',
  'changes',
  'reconcile',
  'readiness',
  'views',
  'metrics',
  'admin',
  'wire',
];

const oneWay = rooms.slice(0, -1).map((room, at) => ({
  name: `room-${room}`,
  comment: `core/${room}/ may import only from the rooms before it; see ARCHITECTURE.md.`,
  severity: 'error',
  from: { path: `^core/${room}/` },
  to: { path: `^core/(${rooms.slice(at + 1).join('|')})/|^core/platform\\.ts$` },
}));

export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Circular imports, types included: none of these files can be understood without the others.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'known-rooms',
      comment: 'A new room of core/ needs a place in the order in .dependency-cruiser.js.',
      severity: 'error',
      from: {},
      to: { path: '^core/', pathNot: `^core/(${rooms.join('|')})/|^core/platform\\.ts$` },
    },
    ...oneWay,
  ],
  options: {
    doNotFollow: { path: ['node_modules', 'prisma/generated', '^dist'] },
    exclude: { path: ['^dist', 'node_modules', '^prisma/generated'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.mts', '.mjs', '.js'] },
  },
};
