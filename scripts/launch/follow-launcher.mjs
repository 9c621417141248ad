// Preloaded into the processes that the launcher starts. A launcher that is killed can't forward a signal, and its
// child runs in its own session. Without this, a killed `npm test` or `npm start` would leave the child running.
import { onParentGone } from './parent.mjs';

const launcherPid = Number(process.env.FIRSTCOME_LAUNCHER_PID);
delete process.env.FIRSTCOME_LAUNCHER_PID;

if (launcherPid > 0) onParentGone(launcherPid, () => process.kill(process.pid, 'SIGTERM'));
