/** Limits for a single HTTP request; both lanes enforce them. */

export const bodyBytesMax = 16 * 1_024;
export const batchCallsMax = 10;

/** The most characters of a URL. A batch of 10 of the longest reads takes 5 KB. */
export const urlCharsMax = 8 * 1_024;

/** The most bytes for the request line and all headers; above this limit Node answers 431. */
export const headerBytesMax = 16 * 1_024;

/**
 * How many requests of one connection are handled at once; the server leaves further requests unread. Browsers send one
 * request at a time.
 */
export const requestsInHandMax = 8;
