/** How long an intermediate cache may reuse our answer for a single event. */
export const eventCaching = 'public, max-age=1';
