import type { ProcessName } from '../meters/cpu-times.ts';

export const processTitles: Record<ProcessName, string> = {
  api: 'API',
  worker: 'worker',
  redis: 'Redis',
  mysql: 'MySQL',
};
