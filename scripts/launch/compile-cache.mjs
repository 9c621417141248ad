import { join } from 'node:path';

/**
 * Where Node caches compiled code without types (NODE_COMPILE_CACHE). The cache saves a third of a start's CPU time:
 * `api/main.ts` takes 1.05 s instead of 1.5 s, `coupon-admin event list` 0.6 s instead of 0.95 s. If the folder can't
 * be written, starts are only slower.
 */
export const compileCacheOf = (root) => join(root, 'node_modules', '.cache', 'node-compile');
