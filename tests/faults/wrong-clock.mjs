// Preloaded with `node --import` to make a process's wall clock wrong: the current time, and the time at which the
// process began, are off by WRONG_CLOCK_MS. Timers and performance.now() stay right, because they are monotonic, as on
// a machine with a wrong clock.
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
