// Preloaded into the processes that the launcher starts. Ends the process when its launcher is gone, because a killed
// launcher can't pass on a signal to a child in another session.
import { onParentGone } from './parent.mjs';

const launcherPid = Number(process.env.FIRSTCOME_LAUNCHER_PID);
delete process.env.FIRSTCOME_LAUNCHER_PID;

if (launcherPid > 0) onParentGone(launcherPid, () => process.kill(process.pid, 'SIGTERM'));
