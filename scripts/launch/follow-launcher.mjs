// Loaded into what the launcher starts. A launcher that is killed can't pass a signal on, and its child runs in a
// session of its own: without this, a killed `npm test` or `npm start` would leave the child running.
const launcherPid = Number(process.env.FIRSTCOME_LAUNCHER_PID);
delete process.env.FIRSTCOME_LAUNCHER_PID;

if (launcherPid > 0) {
  const timer = setInterval(() => {
    if (process.ppid === launcherPid) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, 500);
  timer.unref();
}
