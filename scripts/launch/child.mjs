import { spawn } from 'node:child_process';
import { onParentGone } from './parent.mjs';

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** npm passes on what the terminal has already sent to the whole group: both come within this time and are one wish. */
const samePressMs = 1_000;

/**
 * Runs a command to its end and resolves to `{ code, signal }`. It runs in a session of its own, so that a signal to
 * our process group reaches it once, from us. Rejects when it can't be started.
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
    // A terminal tells its size to its own session only, and often.
    const resize = () => child.kill('SIGWINCH');
    process.on('SIGWINCH', resize);
    // An npm that is killed can't pass its signal on. A shell may go and leave us in the background, so only npm.
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

/** Ends this process as the child ended: with its exit code, or by its signal. */
export function exitLike({ code, signal }) {
  if (signal === null) process.exit(code);
  process.kill(process.pid, signal);
  // A signal takes effect on its way out of the kernel at the latest; this is for those that are ignored here.
  setTimeout(() => process.exit(1), 100);
}
