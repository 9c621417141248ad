import { options } from 'preact';

/** How long effects wait on a hidden page, which the browser does not paint. */
const hiddenMs = 500;

/**
 * Runs effects only after the browser has painted the change that they belong to. Preact itself waits at most 35 ms for
 * the paint. On a slow phone, painting a coupon takes longer, so the code would appear only after everything that the
 * page does next.
 */
export function paintFirst(): void {
  options.requestAnimationFrame = (runEffects) => {
    const run = (): void => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      setTimeout(runEffects);
    };
    const frame = requestAnimationFrame(run);
    const timer = setTimeout(run, hiddenMs);
  };
}
