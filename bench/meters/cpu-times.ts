import { cpuSpent, readCpuTime, type CpuTime } from './cpu-time.ts';

export const processNames = ['api', 'worker', 'redis', 'mysql'] as const;
export type ProcessName = (typeof processNames)[number];

export type CpuTimes = Record<ProcessName, CpuTime>;

export function readCpuTimes(pids: Record<ProcessName, number>): CpuTimes {
  return mapProcesses((name) => readCpuTime(pids[name]));
}

export const cpuSpentByEach = (before: CpuTimes, after: CpuTimes): CpuTimes =>
  mapProcesses((name) => cpuSpent(before[name], after[name]));

/** In us. */
export const bothUs = ({ userUs, systemUs }: CpuTime): number => userUs + systemUs;

export function mapProcesses<T>(valueOf: (name: ProcessName) => T): Record<ProcessName, T> {
  return { api: valueOf('api'), worker: valueOf('worker'), redis: valueOf('redis'), mysql: valueOf('mysql') };
}
