/** How long a cache on the way may answer for us when somebody asks for one event. */
export const eventCaching = 'public, max-age=1';
