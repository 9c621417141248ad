// Preloaded (node --import) into a process to make its wall clock wrong: the current time, and the time at which the
// process began, read WRONG_CLOCK_MS later than the true time. Timers and performance.now() stay right, because they
// are monotonic on a machine with a wrong clock too.
const offMs = Number(process.env.WRONG_CLOCK_MS);
const RightDate = Date;

globalThis.Date = class Date extends RightDate {
  constructor(...args) {
    if (args.length === 0) super(RightDate.now() + offMs);
    else super(...args);
  }
  static now() {
    return RightDate.now() + offMs;
  }
};
Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin + offMs });
