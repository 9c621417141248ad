/** Calls back once when our parent process, `parentPid`, has gone. Keeps no process alive. */
export function onParentGone(parentPid, callback) {
  const timer = setInterval(() => {
    if (process.ppid === parentPid) return;
    clearInterval(timer);
    callback();
  }, 100);
  timer.unref();
}
