import { cpuSpent, readCpuTime, type CpuTime } from './cpu-time.ts';

export const processNames = ['api', 'worker', 'redis', 'mysql'] as const;
export type ProcessName = (typeof processNames)[number];

export type CpuTimes = Record<ProcessName, CpuTime>;

/** Reads the CPU time of each process that serves claims. */
export function readCpuTimes(pids: Record<ProcessName, number>): CpuTimes {
  return mapProcesses((name) => readCpuTime(pids[name]));
}

export const cpuSpentByEach = (before: CpuTimes, after: CpuTimes): CpuTimes =>
  mapProcesses((name) => cpuSpent(before[name], after[name]));

/** User and system time together, in us. */
export const bothUs = ({ userUs, systemUs }: CpuTime): number => userUs + systemUs;

/** A record with a value for each process. */
export function mapProcesses<T>(valueOf: (name: ProcessName) => T): Record<ProcessName, T> {
  return { api: valueOf('api'), worker: valueOf('worker'), redis: valueOf('redis'), mysql: valueOf('mysql') };
}
