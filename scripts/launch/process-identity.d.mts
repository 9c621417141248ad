export function processIdentity(pid: number): string | null;
export function isSameProcess(pid: number, identity: string): boolean;
export function readProcStat(pid: number): { state: string; group: number; startedTicks: string } | null;
