/** How long an intermediate cache may reuse our answer for a single event. */
export const eventCaching = 'public, max-age=1';
/** How long caches may reuse our answer for a waiting line. Everybody who waits gets the same one. */
export const lineCaching = 'public, max-age=1, s-maxage=1';
