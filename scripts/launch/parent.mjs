/** Calls back once, when the process `parentPid`, our parent, has gone. Keeps nothing alive. */
export function onParentGone(parentPid, callback) {
  const timer = setInterval(() => {
    if (process.ppid === parentPid) return;
    clearInterval(timer);
    callback();
  }, 100);
  timer.unref();
}
