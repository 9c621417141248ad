/** Calls back once when the parent process, `parentPid`, is gone. Does not keep the process running. */
export function onParentGone(parentPid, callback) {
  const timer = setInterval(() => {
    if (process.ppid === parentPid) return;
    clearInterval(timer);
    callback();
  }, 100);
  timer.unref();
}
