export interface FileLock {
  release: () => void;
}
export function tryLock(path: string): Promise<FileLock | { release?: never; holderPid: number }>;
export function waitForLock(path: string, onWait: (holderPid: number) => void): Promise<FileLock>;
export function lockHolder(path: string): number | null;
