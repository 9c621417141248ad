import { options } from 'preact';

/** For a hidden page, which the browser does not draw. */
const hiddenMs = 500;

/**
 * Has effects run after the browser has drawn what they follow. Preact itself waits at most 35 ms for the drawing, and on
 * a slow phone the drawing of a coupon takes longer: its code would appear only after everything that the page does next.
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
