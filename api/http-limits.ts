/** Bounds of what one HTTP request may be; both lanes hold them. */

export const bodyBytesMax = 16 * 1_024;
export const batchCallsMax = 10;

/** A batch of 10 of the longest reads has 5 KB. */
export const urlCharsMax = 8 * 1_024;

/** Request line and all headers; above it Node answers 431. */
export const headerBytesMax = 16 * 1_024;

/** Requests of one connection that are worked on at once; further ones wait unread. Browsers send one at a time. */
export const requestsInHandMax = 8;
