import type { ProcessName } from '../meters/cpu-times.ts';

/** What the page calls the processes. */
export const processTitles: Record<ProcessName, string> = {
  api: 'API',
  worker: 'worker',
  redis: 'Redis',
  mysql: 'MySQL',
};
