/** As `web/public/sw.js` calls it. */
const cacheName = 'firstcome-coupons';

/**
 * Has this page open without a network from now on: keeps what it is made of, and registers what gives it back. Only winners'
 * browsers do so, some seconds after the win, when nobody waits for anything. Where the browser has no such thing, or forbids it,
 * the coupon is on the device all the same, for as long as the page is open.
 */
export function keepOffline(): () => void {
  const timer = setTimeout(() => void keep().catch(() => undefined), 2_000 + Math.random() * 3_000);
  return () => clearTimeout(timer);
}

async function keep(): Promise<void> {
  if (!('serviceWorker' in navigator) || !('caches' in globalThis)) return;
  const parts = performance
    .getEntriesByType('resource')
    .map(({ name }) => new URL(name))
    .filter(({ origin, pathname }) => origin === location.origin && pathname.startsWith('/assets/'))
    .map(({ pathname }) => pathname);
  const cache = await caches.open(cacheName);
  await cache.addAll([location.pathname, ...new Set(parts)]);
  await navigator.serviceWorker.register('/sw.js');
  document.documentElement.dataset['kept'] = 'true';
}
