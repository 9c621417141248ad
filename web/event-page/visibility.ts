import type { Visibility } from './query.ts';

/** The visibility of this page, as the browser reports it. */
export const visibility: Visibility = {
  isHidden: () => document.visibilityState === 'hidden',
  onWake: (wake) => {
    const wakeIfShown = (): void => {
      if (document.visibilityState !== 'hidden') wake();
    };
    document.addEventListener('visibilitychange', wakeIfShown);
    addEventListener('online', wakeIfShown);
    return () => {
      document.removeEventListener('visibilitychange', wakeIfShown);
      removeEventListener('online', wakeIfShown);
    };
  },
};
