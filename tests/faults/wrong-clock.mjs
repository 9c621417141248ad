// Preloaded (node --import) into a process whose wall clock is to be wrong: everything in it that asks for the time, or
// for when it began, is told WRONG_CLOCK_MS more. Timers and performance.now() are monotonic, and right on such a machine.
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
