// Opens the pages of a visitor's coupons without a network, for example at a till. With a network, this worker changes
// nothing. web/event-page/keep-offline.ts registers it after a win and fills the cache.
const kept = 'firstcome-coupons';
const ours = /^\/(assets\/.*|mine|e\/[A-Za-z0-9_-]+)?$/;

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin || !ours.test(pathname)) return;
  event.respondWith(
    fetch(request).catch(async (err) => {
      const found = await (await caches.open(kept)).match(pathname);
      if (found === undefined) throw err;
      return found;
    }),
  );
});
