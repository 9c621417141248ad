// Preloaded (node --import) into a process to make its wall clock wrong: the current time, and the time at which the
// process began, read WRONG_CLOCK_MS later than the true time. Timers and performance.now() are monotonic and stay
// right, as on a machine whose clock is really wrong.
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
