import type { ProcessName } from '../meters/cpu-times.ts';

/** What the page calls each process. */
export const processTitles: Record<ProcessName, string> = {
  api: 'API',
  worker: 'worker',
  redis: 'Redis',
  mysql: 'MySQL',
};
