import { options } from 'preact';

/** The browser does not draw a hidden page, so effects run after this time instead. */
const hiddenMs = 500;

/**
 * Makes Preact run effects only after the browser has drawn. Preact itself waits at most 35 ms, but a slow phone takes
 * longer to draw a coupon. The phone would then run the effects first, and show the code only after them.
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
