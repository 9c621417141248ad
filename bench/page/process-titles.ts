import type { ProcessName } from '../meters/cpu-times.ts';

/** The names of the processes on the page. */
export const processTitles: Record<ProcessName, string> = {
  api: 'API',
  worker: 'worker',
  redis: 'Redis',
  mysql: 'MySQL',
};
