/** Milliseconds, with fractions, of a clock that never steps and that all threads of this machine share. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;
