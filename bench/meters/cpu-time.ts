import { readFileSync } from 'node:fs';

/** CPU time that a process and its child processes have used, in us. */
export type CpuTime = { userUs: number; systemUs: number };

/** The length of a tick: 10 ms, because USER_HZ is 100 on every Linux that Node runs on. */
const tickUs = 10_000;

/**
 * Reads the CPU time of a process and its child processes, over all threads. Includes child processes that have ended,
 * such as those that rewrite Redis's file.
 */
export function readCpuTime(pid: number): CpuTime {
  const own = readOwnTime(pid);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean);
  return children.map((child) => readCpuTime(Number(child))).reduce(addTimes, own);
}

const addTimes = (a: CpuTime, b: CpuTime): CpuTime => ({
  userUs: a.userUs + b.userUs,
  systemUs: a.systemUs + b.systemUs,
});

function readOwnTime(pid: number): CpuTime {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name in parentheses may contain spaces. utime is the 12th field after it, followed by stime, cutime and cstime.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
  return { userUs: (user + childUser) * tickUs, systemUs: (system + childSystem) * tickUs };
}

export const cpuSpent = (before: CpuTime, after: CpuTime): CpuTime => ({
  userUs: after.userUs - before.userUs,
  systemUs: after.systemUs - before.systemUs,
});
