// Loaded into what the launcher starts. A launcher that is killed can't pass a signal on, and its child runs in a
// session of its own: without this, a killed `npm test` or `npm start` would leave the child running.
import { onParentGone } from './parent.mjs';

const launcherPid = Number(process.env.FIRSTCOME_LAUNCHER_PID);
delete process.env.FIRSTCOME_LAUNCHER_PID;

if (launcherPid > 0) onParentGone(launcherPid, () => process.kill(process.pid, 'SIGTERM'));
