import { spawn } from 'node:child_process';
import { onParentGone } from './parent.mjs';

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/**
 * Ctrl-C sends a signal to the whole process group, and npm sends another. Two signals within this time count as one.
 */
const samePressMs = 1_000;

/**
 * Runs a command until it ends, and resolves to `{ code, signal }`. The child runs in its own session, so that a signal
 * to our process group reaches it only once, through us. Rejects if the command can't be started.
 */
export function runChild(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options, detached: true });
    let lastMs = -Infinity;
    const forward = (signal) => {
      const nowMs = performance.now();
      if (nowMs - lastMs < samePressMs) return;
      lastMs = nowMs;
      child.kill(signal);
    };
    for (const signal of forwarded) process.on(signal, forward);
    // A terminal reports a new size only to its own session, so this process passes the signal on.
    const resize = () => child.kill('SIGWINCH');
    process.on('SIGWINCH', resize);
    // If npm is killed, it can't pass on a signal. Other parents, such as a shell, may exit while this process goes on
    // in the background.
    if (process.env.npm_lifecycle_event !== undefined) onParentGone(process.ppid, () => child.kill('SIGTERM'));
    const done = (settle) => {
      for (const signal of forwarded) process.off(signal, forward);
      process.off('SIGWINCH', resize);
      settle();
    };
    child.once('error', (error) => done(() => reject(error)));
    child.once('exit', (code, signal) => done(() => resolve({ code, signal })));
  });
}

/** Ends this process in the same way as the child: with its exit code, or by its signal. */
export function exitLike({ code, signal }) {
  if (signal === null) process.exit(code);
  process.kill(process.pid, signal);
  // This line is reached only if this process ignores the signal.
  setTimeout(() => process.exit(1), 100);
}
