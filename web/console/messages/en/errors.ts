/** The console's own words about failed calls. The English console shows the server's messages as they are. */
export const errors = {
  sendAgain: 'The outcome is unknown. You can safely send the same request again: it takes effect only once.',
  noDetails: 'No further details are available.',
  invalid: 'This value is not accepted.',
  viewFailed: 'This page could not be shown',
  viewFailedAbout: 'Something went wrong in your browser. Nothing was changed. Reload the page to continue.',
  reload: 'Reload',
  /** The text for an error code that has no text of its own. */
  kinds: {
    unreachable: 'The server can’t be reached.',
    NOT_FOUND: 'It does not exist.',
    BAD_REQUEST: 'The server did not accept this input.',
    UNAUTHORIZED: 'Your session has expired. Sign in again.',
    FORBIDDEN: 'Your role does not allow this.',
    CONFLICT: 'The event’s current state does not allow this. Load the event again.',
    TOO_MANY_REQUESTS: 'The system is busy.',
    SERVICE_UNAVAILABLE: 'Part of the system is not answering.',
    INTERNAL_SERVER_ERROR: 'Something went wrong on the server.',
  },
};
