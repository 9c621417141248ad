/** web/public/sw.js uses the same name. */
const cacheName = 'firstcome-coupons';

/**
 * Makes this page available without a network: caches its files, and registers the service worker that serves them.
 * Only winners' browsers do this, 2 to 5 s after the coupon is shown, when the visitor is no longer waiting. If the
 * browser has no service workers, the coupon is available only while the page stays open.
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
