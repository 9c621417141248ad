import { spawn } from 'node:child_process';
import { onParentGone } from './parent.mjs';

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/**
 * The terminal sends a signal to the whole process group, and npm sends it again. Both arrive within this time and
 * count as one.
 */
const samePressMs = 1_000;

/**
 * Runs a command to its end and resolves to `{ code, signal }`. The child runs in its own session, so a signal to our
 * process group reaches it once, through us. Rejects if the command can't be started.
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
    // A terminal reports its size only to its own session, so forward each change.
    const resize = () => child.kill('SIGWINCH');
    process.on('SIGWINCH', resize);
    // If npm is killed, it can't forward its signal. Only npm is watched: a shell may exit and leave us in the
    // background.
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

/** Ends this process the way the child ended: with its exit code, or by its signal. */
export function exitLike({ code, signal }) {
  if (signal === null) process.exit(code);
  process.kill(process.pid, signal);
  // The signal is delivered before this fires. The timer handles signals that this process ignores.
  setTimeout(() => process.exit(1), 100);
}
