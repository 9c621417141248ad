import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Returns an identity that distinguishes a process from a later one with the same pid, made of its start time and the
 * boot. Null if no such process runs; a zombie counts as ended.
 */
export function processIdentity(pid) {
  if (process.platform === 'linux') return linuxIdentity(pid);
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return started === '' ? null : started;
  } catch {
    return null;
  }
}

/** Whether the process with this identity still runs. */
export function isSameProcess(pid, identity) {
  return processIdentity(pid) === identity;
}

function linuxIdentity(pid) {
  const stat = readProcStat(pid);
  if (stat === null || stat.state === 'Z' || stat.state === 'X') return null;
  return `${bootId()}:${stat.startedTicks}`;
}

/**
 * Returns null if there is no such process. The program's name, which is one of the fields, may contain spaces and
 * brackets.
 */
function readProcStat(pid) {
  let text;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0], startedTicks: fields[19] };
}

let boot;
function bootId() {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return boot;
}
